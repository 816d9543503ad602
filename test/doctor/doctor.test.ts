import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { startSandbox } from "@pagerport/cli/sandbox";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { portEnvironment } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";

const sandbox = await startSandbox({
  services: 5,
  incidents: 20,
  schedules: 3,
  users: 5,
  years: 1,
});
const folder = new TemporaryFolder();
afterAll(async () => {
  await sandbox.close();
  folder[Symbol.dispose]();
});

const well = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: folder.file("state") };

interface Document {
  readonly verdict: string;
  readonly checks: readonly {
    readonly check: string;
    readonly state: string;
    readonly message: string;
    readonly advice: string | null;
  }[];
}

async function examine(env: Record<string, string>) {
  const { code, stdout, stderr } = await runHere(["doctor", "--json"], { cwd: folder.path, env });
  const { verdict, checks } = JSON.parse(stdout) as Document;
  const states: Record<string, string> = Object.fromEntries(
    checks.map(({ check, state }) => [check, state]),
  );
  const told: Record<string, string> = Object.fromEntries(
    checks.map(({ check, message, advice }) => [check, `${message} ${advice ?? ""}`]),
  );
  for (const secret of [sandbox.token, sandbox.portClientSecret, sandbox.ingestUrl]) {
    expect(stdout + stderr).not.toContain(secret);
  }
  return { code, verdict, states, told };
}

test("doctor of a new installation has nothing against it but what is still to be made", async () => {
  const before = sandbox.port.blueprints().length;
  const { code, verdict, states, told } = await examine(well);
  expect({ code, verdict }).toEqual({ code: 0, verdict: "warning" });
  expect(Object.keys(states).filter((name) => states[name] === "warning")).toEqual([
    "PagerDuty token",
    "blueprints",
  ]);
  expect(Object.values(states)).not.toContain("failed");
  expect(told["PagerDuty token"]).toContain(
    "account pagerport-sandbox.pagerduty.com; may read and write",
  );
  expect(told["PagerDuty rights"]).toContain("incidents");
  expect(told["whose they are"]).toContain(
    "PagerDuty account pagerport-sandbox (pagerport-sandbox.pagerduty.com), Port organisation org_pagerport_sandbox",
  );
  expect(told["blueprints"]).toContain("pagerdutyService");
  expect(told["store"]).toContain("no store yet");
  // It looks, and changes nothing.
  expect(sandbox.port.blueprints().length).toBe(before);
  expect(sandbox.webhooks.subscriptions()).toEqual([]);
});

test("doctor tells a run, its store, and a subscription that is disabled", async () => {
  const run = await runHere(["sync", "--mapping", writeMapping()], { cwd: folder.path, env: well });
  expect(run.code).toBe(0);
  const own = sandbox.webhooks.subscribe({ url: "https://hooks.test/webhook" });
  const env = { ...well, PAGERPORT_BASE_URL: "https://hooks.test", PAGERPORT_RATE_BUGDET: "1" };
  expect((await examine(env)).told["webhook"]).toContain("its secret is not known here");
  sandbox.webhooks.disable(own.id);
  const { code, states, told } = await examine({ ...env, PD_WEBHOOK_SECRET: "hush-hush" });
  expect(told["webhook"]).toContain(`pagerport webhook enable ${own.id}`);
  expect(told["runs"]).toMatch(/^full 1 complete, /);
  expect(told["store"]).toMatch(/\.sqlite \(SQLite [\d.]+, layout \d+\); [\d,]+ MiB free/);
  expect(told["settings"]).toContain("PAGERPORT_RATE_BUGDET is not known: PAGERPORT_RATE_BUDGET?");
  expect([states["settings"], states["inbox"], code]).toEqual(["warning", "ok", 3]);
});

test("doctor tells that a token is of another account, and ends as a run would", async () => {
  await using other = await startSandbox({ services: 5, incidents: 0, seed: "other" });
  const env = { ...well, PD_TOKEN: other.token, PD_API_URL: other.pagerDutyUrl };
  const { code, states, told } = await examine(env);
  expect([states["whose they are"], code]).toEqual(["failed", 2]);
  expect(told["whose they are"]).toContain(
    "PD_TOKEN is of other-sandbox (other-sandbox.pagerduty.com)",
  );
});

test("doctor warns of a key that reads and can write, and looks at the key for webhooks", async () => {
  const before = JSON.stringify(sandbox.webhooks.subscriptions());
  const one = await examine(well);
  expect([one.states["PagerDuty token"], one.states["webhook key"]]).toEqual([
    "warning",
    "skipped",
  ]);
  expect(one.told["PagerDuty token"]).toContain(
    "make PD_TOKEN a read-only key, and set PD_WEBHOOK_TOKEN",
  );
  const both = { ...well, PD_WEBHOOK_TOKEN: sandbox.token };
  const two = await examine({ ...both, PD_TOKEN: sandbox.readOnlyToken });
  expect([two.states["PagerDuty token"], two.states["webhook key"], two.code]).toEqual([
    "ok",
    "ok",
    0,
  ]);
  expect(two.told["PagerDuty token"]).toContain("; may only read");
  const full = await examine(both);
  expect(full.told["PagerDuty token"]).toContain("a read-only key is enough for PD_TOKEN");
  const wrong = await examine({ ...well, PD_WEBHOOK_TOKEN: sandbox.readOnlyToken });
  expect([wrong.states["webhook key"], wrong.code]).toEqual(["failed", 4]);
  const { stdout } = await runHere(["doctor"], { cwd: folder.path, env: well });
  expect(stdout).toMatch(/^serve\n  PD_TOKEN +read .*\n(.*\n)?  PD_WEBHOOK_TOKEN +read and write/m);
  // Whoever asks what a key may do has changed nothing.
  expect(JSON.stringify(sandbox.webhooks.subscriptions())).toBe(before);
});

test("doctor tells rights that are lacking, and ends as a run would", async () => {
  sandbox.configure({ refused: { services: 402 } });
  const { code, states, told } = await examine({
    ...well,
    PD_TOKEN: sandbox.readOnlyToken,
    PORT_CLIENT_ID: sandbox.portReadOnlyClientId,
    PAGERPORT_BASE_URL: "https://other.test",
    PAGERPORT_MAPPING_FILE: writeMapping(),
  });
  sandbox.configure({ refused: {} });
  expect(told["PagerDuty rights"]).toContain("Refused: services (402); read: nothing");
  expect(told["Port rights"]).toContain("not write blueprints, entities, integrations");
  expect(told["webhook"]).toContain("the token may make none");
  expect([states["PagerDuty rights"], states["Port rights"], states["webhook"], code]).toEqual([
    "failed",
    "failed",
    "failed",
    4,
  ]);
});

test.each([
  ["a wrong token", { PD_TOKEN: "nobody-knows-it" }, ["PagerDuty token"], 4],
  ["a wrong client secret", { PORT_CLIENT_SECRET: "nobody-knows-it" }, ["Port credentials"], 4],
  ["an address where nobody is", { PD_API_URL: "http://127.0.0.1:1" }, ["PagerDuty"], 5],
  ["a mapping that is not there", { PAGERPORT_MAPPING_FILE: "none.yaml" }, ["mapping"], 2],
  ["a setting that is wrong", { PAGERPORT_AGED_INCIDENTS: "burn" }, ["settings"], 2],
  ["a CA file that is not there", { NODE_EXTRA_CA_CERTS: "/no/file" }, ["certificates"], 2],
])("doctor names %s once, and how a command would end", async (_what, changes, failed, code) => {
  const examined = await examine({ ...well, ...changes });
  const { states } = examined;
  expect(Object.keys(states).filter((name) => states[name] === "failed")).toEqual(failed);
  expect(examined.code).toBe(code);
});

test("doctor prints a line for each check, no wider than the terminal", async () => {
  const { stdout, stderr } = await runHere(["doctor"], { cwd: folder.path, env: {} });
  expect(stdout).toContain(
    "failed   settings          Not set: PD_TOKEN, PORT_CLIENT_ID, PORT_CLIENT_SECRET\n",
  );
  expect(stderr).toBe("1 failed, 0 warnings.\n");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

/** Without jq, for time. */
function writeMapping(): string {
  const path = folder.file("mapping.yaml");
  writeFileSync(
    path,
    `resources:
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: { identifier: .id, blueprint: '"pagerdutyService"', title: .name } } }
`,
  );
  return path;
}
