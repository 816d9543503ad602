import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createEntityWriter,
  type JsonObject,
  parseMapping,
  readDefaultFile,
} from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const small: SandboxOptions = { services: 12, incidents: 200, schedules: 3, users: 8, years: 1 };

/** The environment of a person's own settings. */
function environmentOf(sandbox: Sandbox): Record<string, string> {
  return {
    PD_TOKEN: sandbox.token,
    PD_API_URL: sandbox.pagerDutyUrl,
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
    PORT_BASE_URL: sandbox.portUrl,
  };
}

/** What Ocean's container is given, and nothing else. */
function oceanEnvironmentOf(sandbox: Sandbox): Record<string, string> {
  return {
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__INTEGRATION__IDENTIFIER: "prod-pagerduty",
    OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
    OCEAN__INTEGRATION__CONFIG__API_URL: `${sandbox.pagerDutyUrl}/`,
    OCEAN__EVENT_LISTENER: '{"type":"ONCE"}',
    OCEAN__INITIALIZE_PORT_RESOURCES: "true",
    OCEAN__SEND_RAW_DATA_EXAMPLES: "true",
    OCEAN__LAKEHOUSE_ENABLED: "true",
  };
}

async function sync(
  sandbox: Sandbox,
  folder: TemporaryFolder,
  args: readonly string[] = [],
  env: Record<string, string> = environmentOf(sandbox),
): Promise<CliResult> {
  // Every state is in the test's own folder, whatever the system's default is.
  return runHere(["sync", ...args], {
    cwd: folder.path,
    env: { PAGERPORT_STATE_DIR: folder.file("state"), ...env },
  });
}

test("sync makes an empty Port ready, fills it, and then has nothing to do", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const first = await sync(sandbox, folder);
  expect(first.stderr).toContain("Created blueprints: pagerdutyEscalationPolicy, pagerdutyService");
  expect(first.stderr).toMatch(/services\[1\] +12 objects, 12 entities\n/);
  // Some are made first by what relates to them: which, is the network's.
  const row = /pagerdutyService +([\d·]+) +([\d·]+) /.exec(first.stderr);
  const [created, updated] = [row?.[1], row?.[2]].map((count) =>
    count === "·" ? 0 : Number(count),
  );
  expect((created ?? 0) + (updated ?? 0)).toBe(12);
  expect(first.code).toBe(0);
  expect(first.stdout).toBe("");

  const second = await sync(sandbox, folder, ["--json"]);
  expect(second.code).toBe(0);
  const report = JSON.parse(second.stdout) as JsonObject;
  expect(report).toMatchObject({
    command: "sync",
    dryRun: false,
    complete: true,
    actions: { create: 0, update: 0, delete: 0, unchanged: sandbox.port.entityCount },
  });
  const states = sandbox.port.integration("my-pagerduty-integration")?.resyncStates;
  expect(states?.at(-1)).toMatchObject({ status: "completed" });
});

test("sync --dry-run tells each entity and writes nothing", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  await sync(sandbox, folder);
  const [service] = [...sandbox.pagerduty.allServices()];
  sandbox.pagerduty.changeObject(String(service?.id), { description: "Changed" });
  const gone = sandbox.pagerduty.createUser({ name: "Goes" });
  sandbox.clock.advance(10_000);
  await sync(sandbox, folder);
  sandbox.pagerduty.deleteUser(gone);
  sandbox.pagerduty.changeObject(String(service?.id), { description: "Changed again" });
  sandbox.clock.advance(10_000);
  const before = JSON.stringify(sandbox.port.entities());

  const dry = await sync(sandbox, folder, ["--dry-run"]);
  expect(dry.code).toBe(0);
  const lines = dry.stdout.trim().split("\n");
  const actions = lines.map((line) => JSON.parse(line) as JsonObject);
  expect(actions.filter(({ action }) => action !== "unchanged")).toMatchObject([
    {
      action: "update",
      blueprint: "pagerdutyService",
      identifier: service?.id,
      changed: ["properties.description"],
      entity: { properties: { description: "Changed again" } },
    },
    { action: "delete", blueprint: "pagerdutyUser", identifier: gone },
  ]);
  expect(JSON.stringify(sandbox.port.entities())).toBe(before);

  const asJson = await sync(sandbox, folder, ["--dry-run", "--json"]);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    dryRun: true,
    actions: { create: 0, update: 1, delete: 1 },
  });
});

test("sync journals what it deletes, and restore puts it back", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const id = sandbox.pagerduty.createUser({ name: "Goes" });
  await sync(sandbox, folder);
  const before = sandbox.port.entity("pagerdutyUser", id);
  sandbox.pagerduty.deleteUser(id);
  sandbox.clock.advance(10_000);
  const deleting = await sync(sandbox, folder);
  expect(sandbox.port.entity("pagerdutyUser", id)).toBeUndefined();
  const journal = readdirSync(folder.path).find((name) => name.startsWith("deleted-")) ?? "";
  expect(deleting.stderr).toContain(journal);
  expect(JSON.parse(readFileSync(folder.file(journal), "utf8"))).toMatchObject({ identifier: id });

  const env = environmentOf(sandbox);
  const restored = await runCli(["restore", journal], { cwd: folder.path, env });
  expect(restored.code).toBe(0);
  expect(restored.stderr).toContain("Put back 1 of 1 entities.");
  const { createdAt: _created, updatedAt: _updated, ...rest } = before ?? {};
  expect(sandbox.port.entity("pagerdutyUser", id)).toMatchObject(rest);
});

/** Writes users into Port that PagerDuty has never had. */
async function inventUsers(sandbox: Sandbox, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, place) => `INVENTED${place}`);
  const port = connectSandboxPort(sandbox, { integrationIdentifier: "my-pagerduty-integration" });
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: false });
  const blueprint = "pagerdutyUser";
  const fields = { properties: {}, relations: {} };
  await writer.write(names.map((identifier) => ({ identifier, blueprint, ...fields })));
  return names;
}

test("sync tells what waits with exit 0, what is withheld with exit 3, and lets it go when told", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  await sync(sandbox, folder);
  const names = await inventUsers(sandbox, 6);
  sandbox.clock.advance(3_600_000);

  const first = await sync(sandbox, folder);
  expect(first.stderr).toMatch(/^ +created +updated +unchanged +deleted +kept +waiting +refused$/m);
  expect(first.stderr).toContain(
    "6 of pagerdutyUser wait, INVENTED0, INVENTED1, INVENTED2 and 3 more: its object answered 404 once. The next runs look again.",
  );
  expect(first.stderr).not.toContain("Note: No earlier run");
  expect(first.code).toBe(0);

  sandbox.clock.advance(3_600_000);
  const second = await sync(sandbox, folder, ["--json"]);
  expect(second.stderr).toContain(
    "Not done: 6 of pagerdutyUser were not made again, and not deleted: 6 would go",
  );
  expect(second.stderr).toContain(
    "in 7 days (INVENTED0, INVENTED1, INVENTED2 …). If it is meant: pagerport sync --allow-delete pagerdutyUser",
  );
  expect(second.code).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({
    complete: false,
    actions: { delete: 0, withheld: 6, waiting: 0 },
    withheld: [{ blueprint: "pagerdutyUser", brake: "share", entities: 6, identifiers: names }],
    waiting: [],
  });

  const wanted = await sync(sandbox, folder, ["--allow-delete", "pagerdutyUser"]);
  expect(wanted.stderr).toMatch(/pagerdutyUser +· +· +8 +6 +· +·/);
  expect(wanted.code).toBe(0);
  expect(sandbox.port.entities("pagerdutyUser")).toHaveLength(8);
});

test("sync lets a mapping's threshold be as high as PAGERPORT_DELETION_THRESHOLD, and no higher", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const usual = "entityDeletionThreshold: 0.2";
  const text = readDefaultFile("mapping.yaml").replace(usual, "entityDeletionThreshold: 0.9");
  writeFileSync(folder.file("high.yaml"), text);
  const args = ["--mapping", "high.yaml"];
  await sync(sandbox, folder, args);
  await inventUsers(sandbox, 6);
  for (const code of [0, 3]) {
    sandbox.clock.advance(3_600_000);
    expect((await sync(sandbox, folder, args)).code).toBe(code);
  }
  const env = { ...environmentOf(sandbox), PAGERPORT_DELETION_THRESHOLD: "0.9" };
  const verified = await runHere(["verify", ...args], {
    cwd: folder.path,
    env: { ...env, PAGERPORT_STATE_DIR: folder.file("state") },
  });
  expect(verified.stderr).toContain("0 changed, 0 missing, 6 extra");
  expect((await sync(sandbox, folder, args, env)).code).toBe(0);
  expect(sandbox.port.entities("pagerdutyUser")).toHaveLength(8);
});

test("sync says of which blueprints it knows no earlier run", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const note = "Note: No earlier run is known of pagerdutyEscalationPolicy, pagerdutyIncident";
  expect((await sync(sandbox, folder)).stderr).not.toContain(note);
  const env = { ...environmentOf(sandbox), PAGERPORT_STATE_DIR: folder.file("other") };
  expect((await sync(sandbox, folder, [], env)).stderr).toContain(note);
  expect((await sync(sandbox, folder, [], env)).stderr).not.toContain(note);
});

test.each(["--allow-delete", "--allow-delete-dependents"])(
  "sync %s with a name that no blueprint has exits 2, and changes no entity",
  async (flag) => {
    await using sandbox = await startSandbox(small);
    using folder = new TemporaryFolder();
    const result = await sync(sandbox, folder, [flag, "pagerdutyUser", "pagerdutyServce"]);
    expect(result.stderr).toContain(
      `${flag}: Port has no blueprint pagerdutyServce. Did you mean pagerdutyService?`,
    );
    expect(result.code).toBe(2);
    expect(sandbox.port.entityCount).toBe(0);
  },
);

test("sync with Ocean's variables alone goes on where Ocean's container was", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  putBlueprints(sandbox);
  const { document } = await parseMapping(readDefaultFile("mapping.yaml"));
  const mapping = document as { resources: JsonObject[] };
  const resources = mapping.resources.filter(({ kind }) => kind === "services");
  sandbox.port.setIntegrationConfig("prod-pagerduty", { ...mapping, resources });
  const env = oceanEnvironmentOf(sandbox);
  const result = await sync(sandbox, folder, [], env);
  expect(result.code).toBe(0);
  expect(result.stderr).toContain("OCEAN__LAKEHOUSE_ENABLED");
  // The mapping in Port has services only.
  expect(new Set(sandbox.port.entities().map(({ blueprint }) => blueprint))).toEqual(
    new Set(["pagerdutyService", "pagerdutyEscalationPolicy"]),
  );
  const [entity] = sandbox.port.entities("pagerdutyService");
  expect(entity?.datasource).toMatch(/^port-ocean\/pagerduty\/.+\/prod-pagerduty\/exporter$/);
  const integration = sandbox.port.integration("prod-pagerduty");
  expect(integration?.resyncStates.map(({ status }) => status)).toEqual(["running", "completed"]);
  expect(JSON.stringify(integration)).not.toContain(sandbox.token);
});

test.each<[string, Record<string, string>, number, string]>([
  ["PagerDuty token", { PD_TOKEN: "wrong-token" }, 4, "PD_TOKEN"],
  ["Port secret", { PORT_CLIENT_SECRET: "wrong-secret" }, 4, "PORT_CLIENT_SECRET"],
  ["number", { PAGERPORT_REQUESTS_PER_MINUTE: "many" }, 2, "PAGERPORT_REQUESTS_PER_MINUTE"],
])("sync with a wrong %s ends at once and names the setting", async (_what, wrong, code, said) => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const result = await sync(sandbox, folder, [], { ...environmentOf(sandbox), ...wrong });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(said);
  for (const secret of ["wrong-token", "wrong-secret"]) expect(result.stderr).not.toContain(secret);
  // Only what is under way at the same time is refused besides, and nothing is asked for again.
  const { pagerduty, port } = sandbox.requests;
  const refusals = (pagerduty.byStatus["401"] ?? 0) + (port.byStatus["401"] ?? 0);
  expect(refusals).toBeLessThanOrEqual(code === 4 ? 4 : 0);
  expect(sandbox.port.entityCount).toBe(0);
});

test("sync that cannot reach PagerDuty exits 5 and says where it asked", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const env = { ...environmentOf(sandbox), PD_API_URL: "http://127.0.0.1:9" };
  const result = await sync(sandbox, folder, ["--kinds", "users"], env);
  expect(result.code).toBe(5);
  expect(result.stderr).toContain("http://127.0.0.1:9");
});

test("sync of kinds that are all refused exits 4", async () => {
  await using sandbox = await startSandbox({ ...small, refused: { users: 403 } });
  using folder = new TemporaryFolder();
  const result = await sync(sandbox, folder, ["--kinds", "users"]);
  expect(result.code).toBe(4);
});

test("sync exits 3 where one kind is refused, and with --strict where a field fails", async () => {
  await using sandbox = await startSandbox({ ...small, refused: { users: 403 } });
  using folder = new TemporaryFolder();
  const refused = await sync(sandbox, folder);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("Not done: users[6]");

  sandbox.configure({ refused: {} });
  const text = readDefaultFile("mapping.yaml").replace("status: .status", 'status: error("x")');
  writeFileSync(folder.file("mapping.yaml"), text);
  const args = ["--mapping", "mapping.yaml"];
  expect((await sync(sandbox, folder, args)).code).toBe(0);
  expect((await sync(sandbox, folder, [...args, "--strict"])).code).toBe(3);
});

test.each([
  [["--kinds", "servces"], "Did you mean services?"],
  [["--dry-run", "--estimate"], "cannot be used together"],
  [["--mapping", "missing.yaml"], "missing.yaml"],
  [["--flags"], "unknown option"],
])("sync %p is refused", async (args, said) => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const result = await sync(sandbox, folder, args);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(said);
  expect(sandbox.port.entityCount).toBe(0);
});

test("sync with an empty mapping in Port reads and deletes nothing, and says so", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  await sync(sandbox, folder);
  const count = sandbox.port.entityCount;
  sandbox.port.setIntegrationConfig("my-pagerduty-integration", { resources: [] });
  const result = await sync(sandbox, folder);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("has no resources, so nothing was read and nothing deleted");
  expect(sandbox.port.entityCount).toBe(count);
});

test("init adds what a blueprint lacks, and refuses another's relation", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const env = environmentOf(sandbox);
  const first = await runHere(["init"], { cwd: folder.path, env });
  expect(first.code).toBe(0);
  const again = await runHere(["init"], { cwd: folder.path, env });
  expect(again.stderr).toBe(
    "Port organisation org_pagerport_sandbox.\nPort has everything that the mapping needs; nothing was written.\n",
  );

  putBlueprints(sandbox, "guide/webhook-blueprints.json");
  const refused = await runHere(["init"], { cwd: folder.path, env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("microservice");
  expect(refused.stderr).toContain("Nothing was written.");
});
