import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { readDefaultFile } from "@pagerport/core";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { integrationIdentifier } from "../support/connect-sandbox.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { portEnvironment, runCli } from "../support/run-cli.ts";
import { startServer } from "../support/run-server.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";
import { YAML } from "bun";

const small = { services: 5, incidents: 20, schedules: 2, users: 4 } as const;

/** Requests to the sandbox's Port that could change something. */
function countChanges({ requests }: Sandbox): number {
  const isQuestion = /^GET |\/(search|datasource-entities|access_token)$/;
  return Object.entries(requests.port.byRoute)
    .filter(([route]) => !isQuestion.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** A sandbox that another integration has written to, and what a shadow beside it is started with. */
async function prepare(): Promise<{
  readonly sandbox: Sandbox;
  readonly env: Record<string, string>;
  readonly deliverTo: (url: string) => void;
}> {
  let target = "";
  const sandbox = await startSandbox({
    ...small,
    webhookFetch: async (request) => {
      const { method, headers, url } = request;
      const body = await request.arrayBuffer();
      return fetch(`${target}${new URL(url).pathname}`, { method, headers, body });
    },
  });
  putBlueprints(sandbox);
  const config = YAML.parse(readDefaultFile("mapping.yaml")) as Parameters<
    Sandbox["port"]["setIntegrationConfig"]
  >[1];
  sandbox.port.setIntegrationConfig(integrationIdentifier, config, { resync: false });
  await resyncSandbox(sandbox);
  return {
    sandbox,
    env: {
      ...portEnvironment(sandbox),
      PD_TOKEN: sandbox.readOnlyToken,
      PD_WEBHOOK_TOKEN: sandbox.token,
      PORT_CLIENT_ID: sandbox.portReadOnlyClientId,
      PAGERPORT_BASE_URL: "https://shadow.test",
      PAGERPORT_INTEGRATION_IDENTIFIER: integrationIdentifier,
      PAGERPORT_LOG_LEVEL: "debug",
    },
    deliverTo: (url) => {
      target = url;
    },
  };
}

for (const [name, runtime] of Object.entries(runtimes)) {
  test(
    `pagerport serve --shadow looks at events and all else, and ends with a table and without its subscription, unbuilt on ${name}`,
    async () => {
      using folder = new TemporaryFolder();
      const { sandbox, env, deliverTo } = await prepare();
      await using _ = sandbox;
      const written = countChanges(sandbox);
      const before = sandbox.port.entities();
      const server = await startServer({ cwd: folder.path, env, runtime, args: ["--shadow"] });
      deliverTo(server.url);
      await server.waitFor(/^Made the webhook subscription .* for as long as the shadow runs/);
      await server.waitFor(/^Shadow: a reading was compared with Port/);
      const [service] = sandbox.pagerduty.allServices();
      sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
      await sandbox.webhooks.settled();
      expect(sandbox.webhooks.counts).toMatchObject({ dropped: 0, lost: 0 });
      await server.waitFor(/^Event looked at/);

      server.kill("SIGTERM");
      const { code, stdout } = await server.finished;
      expect([code, server.log.filter(({ level }) => level === "error")]).toEqual([0, []]);
      expect(stdout).toContain(`Shadow beside '${integrationIdentifier}'`);
      expect(stdout).toContain("1 full and 0 delta runs");
      expect(stdout).toContain("To be looked at: nothing.");
      expect(stdout).toMatch(/^ {2}pagerdutyIncident +[12] /m);
      expect(server.log.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/^Deleted the webhook subscription/),
      );
      expect(sandbox.webhooks.subscriptions()).toEqual([]);
      expect([countChanges(sandbox), sandbox.port.entities()]).toEqual([written, before]);
      const state = join(folder.path, ".local/state/pagerport");
      const files = readdirSync(state);
      const lines = files.find((file) => /^shadow-\d{8}T\d{6}\.ndjson$/.test(file)) ?? "";
      const [head] = readFileSync(join(state, lines), "utf8").split("\n");
      expect(JSON.parse(head ?? "")).toMatchObject({
        type: "report",
        writer: integrationIdentifier,
        fullRuns: 1,
      });
      // A server that writes finds nothing of it: neither store nor whose hosts they are.
      expect(files.filter((file) => !/^shadow[-_]/.test(file))).toEqual([]);
    },
    endOptions(name),
  );
}

test("pagerport serve --shadow touches no other's subscription, and lives on its runs without a token", async () => {
  using folder = new TemporaryFolder();
  const { sandbox, env } = await prepare();
  await using _ = sandbox;
  const theirs = sandbox.webhooks.subscribe({ url: "https://shadow.test/webhook" });
  const server = await startServer({ cwd: folder.path, env: { ...env, PAGERPORT_SHADOW: "true" } });
  const line = await server.waitFor(/sends to this address already/);
  expect([line.level, line.message]).toEqual(["warning", expect.stringContaining(theirs.id)]);
  await server.waitFor(/^Shadow: a reading was compared with Port/);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  expect(sandbox.webhooks.subscriptions()).toEqual([theirs]);

  const { PD_WEBHOOK_TOKEN: _token, ...without } = env;
  const alone = await startServer({ cwd: folder.path, env: without, args: ["--shadow"] });
  await alone.waitFor(/makes no webhook subscription and lives on its hourly runs/);
  await alone.waitFor(/^Shadow: a reading was compared with Port/);
  alone.kill("SIGTERM");
  const { code, stdout } = await alone.finished;
  // It goes on where the first one ended.
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 full and 0 delta runs")]);
  expect(sandbox.webhooks.subscriptions()).toEqual([theirs]);
});

test("pagerport serve --shadow refuses to be one resync, and so does sync in its environment", async () => {
  using folder = new TemporaryFolder();
  const { sandbox, env } = await prepare();
  await using _ = sandbox;
  const written = countChanges(sandbox);
  const once = { ...env, PAGERPORT_EVENT_LISTENER: "ONCE" };
  const { code, stderr } = await runCli(["serve", "--shadow"], { cwd: folder.path, env: once });
  expect([code, stderr]).toEqual([2, expect.stringContaining("pagerport sync --dry-run")]);
  const shadow = { cwd: folder.path, env: { ...env, PAGERPORT_SHADOW: "true" } };
  expect(await runCli(["sync"], shadow)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("PAGERPORT_SHADOW is set"),
  });
  expect(await runCli(["sync", "--dry-run"], shadow)).toMatchObject({ code: 0 });
  expect(countChanges(sandbox)).toBe(written);
});
