import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { listMappedEventTypes, loadStoreSettings, openStore, type Store } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import {
  type CliResult,
  main,
  portEnvironment,
  runCli,
  sandboxEnvironment,
} from "../support/run-cli.ts";
import { testEnvironment, withTestTime } from "../support/child-process.ts";
import { runHere } from "../support/run-here.ts";
import { startWebhookServer, type WebhookServer } from "../support/webhook-server.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const seedEvents = [
  "service.created",
  "service.updated",
  "incident.triggered",
  "incident.responder.added",
  "incident.acknowledged",
  "incident.annotated",
  "incident.delegated",
  "incident.escalated",
  "incident.priority_updated",
  "incident.reassigned",
  "incident.reopened",
  "incident.resolved",
  "incident.responder.replied",
  "incident.status_update_published",
  "incident.unacknowledged",
];

const receiver = "https://ingest.test/key";

interface Setting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly folder: string;
  run(args: readonly string[], env?: Record<string, string>): Promise<CliResult>;
  ids(): string[];
}

async function start(): Promise<Setting> {
  const sandbox = await startSandbox({ services: 1, incidents: 0 });
  const folder = new TemporaryFolder();
  return {
    sandbox,
    folder: folder.path,
    run: (args, env = sandboxEnvironment(sandbox)) =>
      runHere(["webhook", ...args], { cwd: folder.path, env }),
    ids: () => sandbox.webhooks.subscriptions().map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A server with a store in a folder, and the environment of commands that share it. */
async function serve({ sandbox, folder }: Setting): Promise<
  AsyncDisposable & {
    readonly store: Store;
    readonly server: WebhookServer;
    readonly env: Record<string, string>;
  }
> {
  const shared = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: join(folder, "state") };
  const store = await openStore(loadStoreSettings({ environment: shared }, folder));
  const server = await startWebhookServer(store);
  return {
    store,
    server,
    env: { ...shared, PAGERPORT_BASE_URL: server.baseUrl },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

test("webhook create does what the guide's request does, and uses it the second time", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const args = ["create", "--url", receiver, "--header", "your-header-name=your-header-value"];
  const half = seedEvents.length / 2;
  args.push("--event", seedEvents.slice(0, half).join(","));
  for (const type of seedEvents.slice(half)) args.push("--event", type);
  const made = await setting.run(args);
  const [subscription] = sandbox.webhooks.subscriptions();
  expect(made).toMatchObject({ code: 0, stdout: `${subscription?.secrets[0]}\n` });
  expect(made.stderr).not.toContain(subscription?.secrets[0] ?? "");
  expect(subscription).toMatchObject({
    url: receiver,
    events: seedEvents,
    description: "Sends PagerDuty v3 webhook events to Port.",
    filter: { type: "account_reference" },
    customHeaders: [{ name: "your-header-name", value: "your-header-value" }],
    active: true,
  });

  sandbox.webhooks.disable(subscription?.id ?? "");
  const again = await setting.run([...args, "--json"]);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({
    command: "webhook create",
    created: false,
    repaired: ["enabled"],
    subscription: { id: subscription?.id, isDisabled: false },
  });
  expect(again.stdout).not.toContain("your-header-value");
  expect(again.stdout).not.toContain("secret");
  const other = await setting.run(["create", "--url", receiver]);
  expect(other.stderr).toContain("changed its events");
  expect(sandbox.webhooks.subscriptions()[0]?.events).toEqual([
    ...new Set([...seedEvents, ...listMappedEventTypes()]),
  ]);
  const otherHeader = await setting.run(["create", "--url", receiver, "--header", "x=y"]);
  expect(otherHeader).toMatchObject({ code: 2, stdout: "" });
  expect(otherHeader.stderr).toContain(`pagerport webhook delete ${subscription?.id}`);
  expect(setting.ids()).toHaveLength(1);
});

test("webhook create in every scope, each once, and its secret in a file", async () => {
  await using setting = await start();
  const { sandbox, folder } = setting;
  for (const [index, scope] of [[], ["--service", "PS1"], ["--team", "PT1"]].entries()) {
    const file = `secret-${index}`;
    const args = ["create", "--url", receiver, ...scope, "--secret-file", file];
    const made = await setting.run(args);
    expect(made).toMatchObject({ code: 0, stdout: "" });
    const path = join(folder, file);
    const subscription = sandbox.webhooks.subscriptions()[index];
    expect(readFileSync(path, "utf8")).toBe(`${subscription?.secrets[0]}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(made.stderr).toContain(path);
    // Never overwritten, and nothing is made for it either.
    expect(await setting.run(args)).toMatchObject({ code: 2, stdout: "" });
    const unneeded = join(folder, "unneeded");
    const again = await setting.run([...args.slice(0, -1), unneeded]);
    expect(again.code).toBe(0);
    expect(existsSync(unneeded)).toBe(false);
  }
  const filters = sandbox.webhooks.subscriptions().map(({ filter }) => filter);
  expect(filters).toEqual([
    { type: "account_reference", id: undefined },
    { type: "service_reference", id: "PS1" },
    { type: "team_reference", id: "PT1" },
  ]);
});

test("webhook create refuses what cannot be, and tells PagerDuty's reasons", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const env = sandboxEnvironment(sandbox);
  const create = (args: string[], given = env) => setting.run(["create", ...args], given);
  const both = await create(["--url", receiver, "--service", "P1", "--team", "P2"]);
  expect(both).toMatchObject({ code: 2 });
  const nowhere = await create([]);
  expect(nowhere).toMatchObject({ code: 2, stdout: "" });
  expect(nowhere.stderr).toContain("--base-url");
  const header = await create(["--url", receiver, "--header", "c4nary"]);
  expect(header.code).toBe(2);
  expect(header.stderr).not.toContain("c4nary");
  const type = await create(["--url", receiver, "--event", "incident.trigered"]);
  expect(type.code).toBe(2);
  expect(type.stderr).toContain("Did you mean incident.triggered?");
  const readOnly = await create(["--url", receiver], { ...env, PD_TOKEN: sandbox.readOnlyToken });
  expect(readOnly.code).toBe(4);
  expect(readOnly.stderr).toContain("must not be read-only");
  for (let count = 0; count < 10; count += 1) {
    sandbox.webhooks.subscribe({ url: `https://other.test/k3y-${count}`, description: "theirs" });
  }
  const full = await create(["--url", receiver]);
  expect(full.code).toBe(2);
  expect(full.stderr).toContain("limit exceeded for the selected scope");
  expect(full.stderr).toContain(`${setting.ids()[9]}  https://other.test/…  theirs`);
  expect(full.stderr).not.toContain("k3y");
});

test("webhook create, test and delete for pagerport's own server", async () => {
  await using setting = await start();
  await using own = await serve(setting);
  const { env, server } = own;
  const early = await setting.run(["test"], env);
  expect(early).toMatchObject({ code: 2 });
  expect(early.stderr).toContain("pagerport webhook create");
  const made = await setting.run(["create"], env);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stderr).toContain("The server's store has its secret");
  const [subscription] = setting.sandbox.webhooks.subscriptions();
  expect(subscription?.url).toBe(`${server.baseUrl}/webhook`);

  const tested = await setting.run(["test", "--json"], env);
  const id = subscription?.id ?? "";
  expect(tested.code).toBe(0);
  expect(JSON.parse(tested.stdout)).toMatchObject({ command: "webhook test", id, arrived: true });
  expect(tested.stderr).toContain("has arrived after");
  expect(server.receipts).toMatchObject([{ eventType: "pagey.ping", signedBy: id, status: 202 }]);

  const blind = await setting.run(["test", id]);
  expect(blind).toMatchObject({ code: 0 });
  expect(blind.stderr).toContain("Whether it arrives cannot be seen from here");

  // What was sent before has arrived by now, and is not taken for this one's.
  await setting.sandbox.webhooks.settled();
  setting.sandbox.webhooks.disable(id);
  const off = await setting.run(["test", "--timeout", "0.3"], env);
  expect(off).toMatchObject({ code: 3, stdout: "" });
  expect(off.stderr).toContain(`pagerport webhook enable ${id}`);
  expect(off.stderr).toContain("within 300 ms");
  expect(await setting.run(["enable", id], env)).toMatchObject({ code: 0 });
  expect(await setting.run(["test"], env)).toMatchObject({ code: 0 });

  expect(await setting.run(["delete", id, "PNONE"], env)).toMatchObject({ code: 3 });
  expect(setting.ids()).toEqual([]);
  expect(await own.store.sql.all("SELECT name FROM secret")).toEqual([]);
});

test("the secret goes from one process to the next, and appears in neither's log", async () => {
  await using setting = await start();
  const { sandbox, folder } = setting;
  const env = portEnvironment(sandbox);
  const installed = await runCli(["port-webhook", "install"], { cwd: folder, env });
  const url = installed.stdout.trim();
  const made = await runCli(["webhook", "create", "--url", url], { cwd: folder, env });
  const [secret = ""] = sandbox.webhooks.subscriptions()[0]?.secrets ?? [];
  expect(made).toMatchObject({ code: 0, stdout: `${secret}\n` });
  const set = ["port-webhook", "set-secret", "--secret-file", "-"];
  const child = Bun.spawn([...withTestTime([process.execPath]), main, ...set], {
    cwd: folder,
    env: { ...testEnvironment(folder), ...env },
    stdin: new Blob([made.stdout]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const told = await new Response(child.stderr).text();
  expect(await child.exited).toBe(0);
  expect(made.stderr + told).not.toContain(secret);
  expect(sandbox.port.webhooks()[0]?.["security"]).toMatchObject({ secret });
});

test("webhook create says what to do where the server's store is not at hand", async () => {
  await using setting = await start();
  const env = { ...sandboxEnvironment(setting.sandbox), PAGERPORT_BASE_URL: "https://hooks.test" };
  const made = await setting.run(["create"], env);
  expect(made.code).toBe(0);
  expect(made.stderr).toContain("PD_WEBHOOK_SECRET");
  expect(made.stderr).toContain("PORT_CLIENT_ID");
});

test("webhook list shows what there is, and no credentials", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const one = sandbox.webhooks.subscribe({
    url: "https://ada:c4nary@a.test/x",
    description: "Ada's",
  });
  const other = sandbox.webhooks.subscribe({
    url: receiver,
    active: false,
    filter: { type: "team_reference", id: "PT1" },
    events: ["incident.triggered"],
  });
  sandbox.webhooks.disable(one.id);
  const listed = await setting.run(["list"]);
  expect(listed).toMatchObject({ code: 0, stderr: "2 subscriptions.\n" });
  expect(listed.stdout.split("\n")).toEqual([
    `${one.id}\tdisabled\taccount\t${one.events.length} events\thttps://…@a.test/x\tAda's`,
    `${other.id}\toff\tteam PT1\t1 events\t${receiver}`,
    "",
  ]);
  const ofTeam = await setting.run(["list", "--team", "PT1", "--json"]);
  expect(JSON.parse(ofTeam.stdout)).toMatchObject({ subscriptions: [{ id: other.id }] });
  expect((await setting.run(["enable", other.id])).code).toBe(0);
  expect(sandbox.webhooks.subscriptions()[1]?.active).toBe(true);
  expect(await setting.run(["enable", "PNONE"])).toMatchObject({ code: 3 });
});

test("port-webhook install, webhook create and set-secret: PagerDuty's events become entities in Port", async () => {
  await using setting = await start();
  const { sandbox, folder } = setting;
  const env = portEnvironment(sandbox);
  const port = (args: readonly string[], more: Record<string, string> = {}): Promise<CliResult> =>
    runHere(["port-webhook", ...args], { cwd: folder, env: { ...env, ...more } });
  const installed = await port(["install"]);
  expect(installed.code).toBe(0);
  const url = installed.stdout.trim();
  expect(url).toBe(String(sandbox.port.webhooks()[0]?.["url"]));
  expect(installed.stderr).toContain("takes what is not signed");
  const made = await setting.run(["create", "--url", url], env);
  expect(made.code).toBe(0);
  expect(await port(["set-secret"])).toMatchObject({ code: 2 });
  writeFileSync(join(folder, "secret"), made.stdout);
  const set = await port(["set-secret", "--secret-file", "secret"]);
  expect(set).toMatchObject({ code: 0, stdout: "" });
  expect(set.stderr).toContain("'PagerDuty Mapper'");
  sandbox.webhooks.send({
    type: "incident.triggered",
    data: { id: "Q1", type: "incident", title: "Disk full", service: { id: "P1" } },
  });
  await sandbox.webhooks.settled();
  expect(sandbox.webhooks.counts.delivered).toBe(1);
  expect(sandbox.port.entity("pagerdutyIncident", "Q1")).toMatchObject({ title: "Disk full" });
  const again = await port(["install", "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ created: false, changed: [], url });

  const history = await port(["install", "--history"], { PORT_WEBHOOK_SECRET: "of my own" });
  expect(history.code).toBe(0);
  expect(sandbox.port.webhooks()[1]).toMatchObject({
    title: "PagerDuty History Mapper",
    security: { secret: "of my own" },
  });
  expect(history.stdout + history.stderr).not.toContain("of my own");
});
