import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { start } from "../support/live-account.ts";
import { type CliResult, portEnvironment, runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { startServer } from "../support/run-server.ts";
import { type SmallMapping, writeSmallMapping } from "../support/small-mapping.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const account = { now: start, services: 15, users: 6, schedules: 2, incidents: 0 } as const;
const usual: SmallMapping = { kinds: ["services"] };
const secret = "hush";

/** An account that was brought to Port once, with all that a process remembers of it. */
interface Setting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly folder: TemporaryFolder;
  readonly env: Record<string, string>;
  /** The services that are there, by id. */
  readonly services: readonly string[];
  readonly writeMapping: (mapping: SmallMapping) => void;
  /** `pagerport sync` an hour later, as a process. */
  sync(...args: string[]): Promise<CliResult>;
  /** Services of PagerDuty that Port does not have, or only as a stub. */
  missing(): string[];
}

async function startSetting(
  prepare: (sandbox: Sandbox) => void | Promise<void> = () => undefined,
): Promise<Setting> {
  const sandbox = await startSandbox(account);
  const folder = new TemporaryFolder();
  putBlueprints(sandbox);
  await prepare(sandbox);
  const mappingFile = folder.file("mapping.json");
  const env = {
    ...portEnvironment(sandbox),
    PAGERPORT_STATE_DIR: folder.file("state"),
    PAGERPORT_MAPPING_FILE: mappingFile,
    PD_WEBHOOK_SECRET: secret,
  };
  const writeMapping = (mapping: SmallMapping): void =>
    writeFileSync(mappingFile, writeSmallMapping(mapping));
  writeMapping(usual);
  const first = await runHere(["sync"], { cwd: folder.path, env });
  expect([first.code, sandbox.port.entities("pagerdutyService").length]).toEqual([0, 15]);
  return {
    sandbox,
    folder,
    env,
    services: [...sandbox.pagerduty.allServices()].map(({ id }) => id),
    writeMapping,
    sync(...args) {
      sandbox.clock.advance(3_600_000);
      return runCli(["sync", ...args], { cwd: folder.path, env });
    },
    missing: () =>
      [...sandbox.pagerduty.allServices()]
        .map(({ id }) => id)
        .filter((id) => {
          const entity = sandbox.port.entity("pagerdutyService", id);
          return entity === undefined || entity.properties["status"] === "deleted";
        }),
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function giveTeam(sandbox: Sandbox, count: number): Promise<string> {
  const team = String((await sandbox.pagerduty.list("/teams"))[0]?.["id"]);
  for (const [at, { id }] of [...sandbox.pagerduty.allServices()].entries()) {
    sandbox.pagerduty.moveService(id, at < count ? team : null);
  }
  return team;
}

test.each<[name: string, begin: (setting: Setting) => void]>([
  ["an empty list", ({ sandbox }) => sandbox.configure({ emptied: ["services"] })],
  [
    "a list that is a page short",
    ({ sandbox }) => sandbox.configure({ cutShort: ["services"], maxLimit: 12 }),
  ],
  [
    "a typo in the query",
    ({ writeMapping }) => writeMapping({ ...usual, query: { services: '.status == "actve"' } }),
  ],
  [
    "an edited identifier",
    ({ writeMapping }) => writeMapping({ ...usual, identifier: { services: '"x-" + .id' } }),
  ],
])("pagerport sync takes nothing by %s, and exits with 3", async (_, begin) => {
  await using setting = await startSetting();
  begin(setting);
  const result = await setting.sync();
  expect([setting.missing(), result.code]).toEqual([[], 3]);
});

test("pagerport sync takes nothing of a team that the token no longer sees, and exits with 3", async () => {
  let team = "";
  await using setting = await startSetting(async (sandbox) => {
    team = await giveTeam(sandbox, 4);
  });
  setting.sandbox.configure({ hiddenTeams: [team] });
  const first = await setting.sync();
  const second = await setting.sync();
  expect([setting.missing(), first.code === 0 || first.code === 3, second.code]).toEqual([
    [],
    true,
    3,
  ]);
});

test("pagerport sync waits for a second 404 with exit 0, and then deletes", async () => {
  await using setting = await startSetting();
  const { sandbox, services } = setting;
  sandbox.configure({ refused: { audit: 403 } });
  const [gone = ""] = services;
  sandbox.pagerduty.deleteService(gone);
  const first = await setting.sync();
  expect([first.code, sandbox.port.entity("pagerdutyService", gone)]).toEqual([
    0,
    expect.objectContaining({ identifier: gone }),
  ]);
  const second = await setting.sync();
  expect([second.code, sandbox.port.entity("pagerdutyService", gone)]).toEqual([0, undefined]);
  expect(setting.missing()).toEqual([]);
});

test("pagerport sync deletes nothing that a person made, and exits with 3", async () => {
  await using setting = await startSetting();
  const { sandbox, services } = setting;
  const [gone = ""] = services;
  sandbox.port.putBlueprint({
    identifier: "runbook",
    title: "Runbook",
    schema: { properties: {}, required: [] },
    relations: { service: { target: "pagerdutyService", many: false, required: true } },
  });
  sandbox.port.editEntity("runbook", "mine", { relations: { service: gone } });
  sandbox.pagerduty.deleteService(gone);
  await setting.sync();
  const { code, stderr } = await setting.sync();
  expect([sandbox.port.entity("runbook", "mine")?.identifier, code]).toEqual(["mine", 3]);
  expect(stderr).toContain(
    "runbook/mine cannot be without it (not of this integration; --allow-delete-dependents runbook lets it go)",
  );
  expect(setting.missing()).toEqual([]);
});

test("pagerport serve takes nothing by a rightly signed false deletion, nor does sync after it", async () => {
  await using setting = await startSetting();
  const { sandbox, services, folder, env } = setting;
  const [id = ""] = services;
  const once = { ...env, PAGERPORT_EVENT_LISTENER: "WEBHOOKS_ONLY" };
  const server = await startServer({ cwd: folder.path, env: once });
  const asked = new Promise<void>((resolve) => {
    sandbox.onRequest(({ path }) => {
      if (path.startsWith(`/services/${id}`)) resolve();
    });
  });
  const data = { id, type: "service", summary: "Said to be gone" };
  const body = JSON.stringify({ event: { id: "01F", event_type: "service.deleted", data } });
  const headers = {
    "content-type": "application/json",
    "x-pagerduty-signature": signWebhook(body, secret),
  };
  const response = await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
  expect(response.status).toBe(202);
  // It is either believed at once, or asked after.
  await Promise.race([asked, server.waitFor(/^Event applied/, `services/${id}`)]);
  const missing = setting.missing();
  // Its claim on the service is given up; the event waits to be asked after again.
  server.kill("SIGTERM");
  await server.finished;
  expect(missing).toEqual([]);
  const { code } = await setting.sync();
  expect([setting.missing(), code]).toEqual([[], 0]);
});
