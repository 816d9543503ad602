import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { readDefaultFile, type SyncReport } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { portEnvironment, runCli, startCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { createFolder, runImportToPort } from "../support/run-import.ts";
import { bySize } from "../support/size.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const end = Date.parse("2026-06-01T00:00:00Z");

/** A sandbox whose Port has our blueprints. */
async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ incidents: 1000, ...options });
  putBlueprints(sandbox);
  return sandbox;
}

/** Identifier and status of each incident, as PagerDuty has them and as Port has them. */
function compareIncidents(sandbox: Sandbox): { inPagerDuty: string[]; inPort: string[] } {
  const inPagerDuty = [...sandbox.pagerduty.allIncidents()].map(
    (incident) => `${incident.id} ${incident.status}`,
  );
  const inPort = sandbox.port
    .entities("pagerdutyIncident")
    .map(({ identifier, properties }) => `${identifier} ${String(properties["status"])}`);
  return { inPagerDuty: inPagerDuty.toSorted(), inPort: inPort.toSorted() };
}

function expectSame({ inPagerDuty, inPort }: ReturnType<typeof compareIncidents>): void {
  // A difference of thousands of lines tells nobody anything.
  expect(inPort.length).toBe(inPagerDuty.length);
  expect(inPort.find((line, place) => line !== inPagerDuty[place])).toBeUndefined();
}

function addIncident(sandbox: Sandbox, at: string): string {
  const [service] = [...sandbox.pagerduty.allServices()];
  return sandbox.pagerduty.createIncident({ serviceId: String(service?.id), at: new Date(at) });
}

/** Milliseconds between two runs by the sandbox's clock: Port tells what is new by its own. */
const betweenRuns = 10_000;

/** What a resync made of incidents, from its report. */
function incidentsOf(stdout: string): SyncReport["blueprints"][number] {
  const { blueprints } = JSON.parse(stdout) as SyncReport;
  const found = blueprints.find(({ blueprint }) => blueprint === "pagerdutyIncident");
  if (found === undefined) throw new Error(`No incidents in ${stdout}`);
  return found;
}

const incidents = bySize({ short: 1500, long: 25_000 });

test(`import --to port of ${incidents} incidents, killed five times, then sync, ends with all in Port`, async () => {
  await using sandbox = await start({ incidents, to: new Date(end), now: end });
  const changing = addIncident(sandbox, "2023-07-02T03:04:05Z");
  using folder = createFolder();
  const options = { cwd: folder.path, env: portEnvironment(sandbox) };
  for (let kill = 1; kill <= 5; kill += 1) {
    const child = startCli(["import", "--to", "port"], options);
    // By progress, not by time: a slow machine is killed at the same places.
    const aim = (incidents / 6) * (kill - 0.4);
    while (sandbox.port.entityCount < aim) await Bun.sleep(2);
    child.kill("SIGKILL");
    expect((await child.finished).code).not.toBe(0);
    // Long after it was read, and before the import ends.
    if (kill === 4) sandbox.pagerduty.resolveIncident(changing);
  }
  const last = await runCli(["import", "--to", "port", "--json"], options);
  expect(last.stderr).toContain("in all, going on where it had stopped");
  expect(last.code).toBe(0);
  const report = JSON.parse(last.stdout);
  expect(report).toMatchObject({ command: "import", complete: true, resumed: true, to: "port" });
  expect(report.kinds.services).toMatchObject({ fetched: 40, delivered: 40, failed: 0 });
  expect(report.kinds.incidents.delivered).toBeGreaterThanOrEqual(incidents + 1);
  // It went on from where the last one was killed, less the batches that were on their way.
  expect(report.requests.port).toBeLessThan((incidents / 20) * 0.8);
  expectSame(compareIncidents(sandbox));
  expect(sandbox.port.entity("pagerdutyIncident", changing)?.properties).toMatchObject({
    status: "resolved",
  });

  // To a sync of a much shorter time nothing of it is new, and none of it goes.
  const inPort = sandbox.port.entities("pagerdutyIncident").length;
  sandbox.clock.advance(betweenRuns);
  const sync = ["sync", "--json", "--kinds", "services,incidents"];
  const synced = await runCli(sync, options);
  expect(synced.stderr).not.toContain("Waiting for another run");
  expect(synced.code).toBe(0);
  const first = incidentsOf(synced.stdout);
  expect(first).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect(first.unchanged).toBeGreaterThan(0);
  expect(first.aged).toBe(inPort - first.unchanged);

  // The import has told how old each is: what a mapping leaves out is aged, or goes.
  writeFileSync(
    join(folder.path, "high.yaml"),
    readDefaultFile("mapping.yaml").replaceAll(
      /(kind: incidents\n +selector:\n +query: )"true"/g,
      '$1.urgency == "high"',
    ),
  );
  const args = [...sync, "--mapping", "high.yaml", "--allow-delete", "pagerdutyIncident"];
  sandbox.clock.advance(betweenRuns);
  const second = incidentsOf((await runCli(args, options)).stdout);
  const isLow = ({ urgency }: { readonly urgency: string }): boolean => urgency === "low";
  const monthAgo = Date.UTC(2026, 4, 1);
  const recentLow = [...sandbox.pagerduty.allIncidents()].filter(
    (incident) => isLow(incident) && Date.parse(incident.created_at) >= monthAgo,
  );
  expect(recentLow.length).toBeGreaterThan(0);
  expect(second).toMatchObject({ created: 0, updated: 0, deleted: recentLow.length });
  expect(second.aged).toBe(inPort - second.unchanged - recentLow.length);

  const env = { ...options.env, PAGERPORT_AGED_INCIDENTS: "delete" };
  sandbox.clock.advance(betweenRuns);
  const third = incidentsOf((await runCli(args, { ...options, env })).stdout);
  expect(third).toMatchObject({ created: 0, deleted: second.aged, unchanged: second.unchanged });
  const left = new Set(
    sandbox.port.entities("pagerdutyIncident").map(({ identifier }) => identifier),
  );
  const wanted = [...sandbox.pagerduty.allIncidents()].filter(
    (incident) =>
      !isLow(incident) &&
      (incident.status !== "resolved" || Date.parse(incident.created_at) >= monthAgo),
  );
  expect(left).toEqual(new Set(wanted.map(({ id }) => id)));
});

test("import --to port ends soon after Ctrl-C, says how to go on, and goes on", async () => {
  await using sandbox = await start({ portApi: { latency: { minMs: 20, maxMs: 40 } } });
  using folder = createFolder();
  const options = { cwd: folder.path, env: portEnvironment(sandbox) };
  const child = startCli(["import", "--to", "port"], options);
  while (sandbox.port.entityCount < 500) await Bun.sleep(2);
  child.kill("SIGINT");
  const result = await child.finished;
  expect(result.code).toBe(130);
  expect(result.stderr).toContain("run the same command again to go on");
  expect((await runCli(["import", "--to", "port"], options)).code).toBe(0);
  expectSame(compareIncidents(sandbox));
});

test("import --to port writes services before incidents, in bulk, and deletes nothing", async () => {
  await using sandbox = await start();
  using folder = createFolder();
  sandbox.port.editEntity("pagerdutyIncident", "of-a-person", { title: "Mine" });
  const routes: string[] = [];
  sandbox.onRequest(({ side, path, method }) => {
    if (side === "port") routes.push(`${method} ${path}`);
  });
  const report = await runImportToPort(sandbox, { folder: folder.path });
  expect(report).toMatchObject({
    complete: true,
    resumed: false,
    kinds: {
      services: { fetched: 40, delivered: 40, failed: 0 },
      incidents: { fetched: 1000, delivered: 1000, failed: 0 },
    },
  });
  const writes = routes.filter((route) => route.includes("/entities/bulk"));
  const isService = (route: string): boolean => route.includes("pagerdutyService");
  expect(writes.findLastIndex(isService)).toBeLessThan(
    writes.findIndex((route) => !isService(route)),
  );
  // 20 entities a request, but for the ends of windows.
  expect(writes.length).toBeLessThan(1040 / 20 + 20);
  expect(routes.filter((route) => route.includes("delete"))).toEqual([]);
  expect(sandbox.port.entity("pagerdutyIncident", "of-a-person")).toBeDefined();
});

test("import --to port run again resumes nothing, says so, and sends what is new or changed", async () => {
  await using sandbox = await start();
  const changing = addIncident(sandbox, "2025-01-02T03:04:05Z");
  using folder = createFolder();
  await runImportToPort(sandbox, { folder: folder.path });
  sandbox.pagerduty.resolveIncident(changing);
  const added = addIncident(sandbox, new Date(testClock.now()).toISOString());

  const second = await runImportToPort(sandbox, { folder: folder.path });
  expect(second).toMatchObject({ complete: true, resumed: false });
  const notices = second.events.flatMap((event) => (event.type === "notice" ? event.message : []));
  expect(notices.join()).toContain("sending what is new or changed since. Use --fresh");
  expect(sandbox.port.entity("pagerdutyIncident", added)).toBeDefined();
  expectSame(compareIncidents(sandbox));
  // Its store remembers nothing, so whose the services are is asked again.
  expect(second.requests.port).toBeLessThan(15);
});

test("import --to port writes what happens to incidents while it runs", async () => {
  await using sandbox = await start({ incidents: 2000 });
  const changing = addIncident(sandbox, "2024-01-02T03:04:05Z");
  using folder = createFolder();
  let isChanged = false;
  const onEvent = (): void => {
    if (isChanged || sandbox.port.entityCount < 1500) return;
    isChanged = true;
    sandbox.pagerduty.resolveIncident(changing);
  };
  const report = await runImportToPort(sandbox, { folder: folder.path, onEvent });
  expect(isChanged).toBe(true);
  expect(report.complete).toBe(true);
  expectSame(compareIncidents(sandbox));
});

test("import --to port sets refused entities aside, and sends them again as they are then", async () => {
  const refused = new Set<string>();
  await using sandbox = await start({
    portApi: {
      reject: (entity) => {
        const { identifier } = entity as { identifier: string };
        return refused.has(identifier) ? { status: 422, message: "title is bad" } : undefined;
      },
    },
  });
  const ids = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  const changing = addIncident(sandbox, "2025-01-02T03:04:05Z");
  for (const id of [ids[3], ids[300], changing]) refused.add(String(id));
  using folder = createFolder();
  const file = join(folder.path, "port-import.failed.json");

  const first = await runImportToPort(sandbox, { folder: folder.path });
  expect(first.complete).toBe(false);
  expect(first.kinds).toMatchObject({ incidents: { fetched: 1001, delivered: 998, failed: 3 } });
  const problems = first.events.flatMap((event) => (event.type === "problem" ? event.message : []));
  expect(problems).toContain(`Port refused pagerdutyIncident ${ids[3]} with 422: title is bad`);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines.map((line) => JSON.parse(line))).toContainEqual({
    status: 422,
    reason: "title is bad",
    object: `incidents/${ids[3]}`,
    payload: [expect.objectContaining({ identifier: ids[3], blueprint: "pagerdutyIncident" })],
  });

  refused.delete(changing);
  refused.delete(String(ids[300]));
  sandbox.pagerduty.resolveIncident(changing);
  const second = await runImportToPort(sandbox, { folder: folder.path });
  expect(second.complete).toBe(false);
  expect(second.kinds).toMatchObject({ incidents: { failed: 1 } });
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(1);

  refused.clear();
  const third = await runImportToPort(sandbox, { folder: folder.path });
  expect(third.complete).toBe(true);
  expect(existsSync(file)).toBe(false);
  expectSame(compareIncidents(sandbox));
});

test("import --to port tries again at the end what relates to an entity that came later", async () => {
  await using sandbox = await start({ incidents: 10 });
  sandbox.port.putBlueprint({
    identifier: "node",
    title: "Node",
    schema: { properties: {}, required: [] },
    relations: { next: { target: "node", many: false, required: false } },
  });
  const mappingText = `
createMissingRelatedEntities: false
resources:
  - kind: services
    selector: { query: "true" }
    port:
      entity:
        mappings:
          - { identifier: '"a-" + .id', blueprint: '"node"', relations: { next: '"b-" + .id' } }
          - { identifier: '"b-" + .id', blueprint: '"node"', relations: { next: '"c-" + .id' } }
          - { identifier: '"c-" + .id', blueprint: '"node"' }
`;
  using folder = createFolder();
  const report = await runImportToPort(sandbox, { folder: folder.path, mappingText });
  expect(report).toMatchObject({
    complete: true,
    kinds: { services: { delivered: 40, failed: 0 } },
  });
  expect(sandbox.port.entities("node")).toHaveLength(120);
  expect(existsSync(join(folder.path, "port-import.failed.json"))).toBe(false);
});

test("import --to port keeps to its own range and to the mapping's filters", async () => {
  await using sandbox = await start();
  const mappingText = `
resources:
  - kind: incidents
    selector:
      query: .urgency == "high"
      apiQueryParams: { statuses: [resolved], since: "2026-01-01T00:00:00Z" }
    port:
      entity:
        mappings: { identifier: .id, blueprint: '"pagerdutyIncident"', title: .title }
`;
  const [since, until] = [Date.UTC(2024, 6, 1), Date.UTC(2025, 6, 1)];
  using folder = createFolder();
  const outside = addIncident(sandbox, "2025-07-01T00:00:00Z");
  const report = await runImportToPort(sandbox, {
    folder: folder.path,
    mappingText,
    since,
    until,
  });
  sandbox.pagerduty.resolveIncident(outside);
  // What is outside of the range does not come in because it changes.
  await runImportToPort(sandbox, { folder: folder.path, mappingText, since, until });
  const inRange = [...sandbox.pagerduty.allIncidents()].filter(
    ({ created_at, status }) =>
      Date.parse(created_at) >= since && Date.parse(created_at) < until && status === "resolved",
  );
  const wanted = inRange.filter(({ urgency }) => urgency === "high").map(({ id }) => id);
  expect(wanted.length).toBeGreaterThan(0);
  const inPort = sandbox.port.entities("pagerdutyIncident").map(({ identifier }) => identifier);
  expect(inPort.toSorted()).toEqual(wanted.toSorted());
  expect(Object.keys(report.kinds)).toEqual(["incidents"]);
  expect(report.kinds["incidents"]).toMatchObject({
    fetched: inRange.length,
    delivered: wanted.length,
    skipped: inRange.length - wanted.length,
  });
});

test("import --to port does the rest where one kind is refused", async () => {
  await using sandbox = await start({ refused: { services: 403 } });
  using folder = createFolder();
  const report = await runImportToPort(sandbox, { folder: folder.path });
  expect(report.complete).toBe(false);
  expect(report.stoppedBy).toBeUndefined();
  expect(report.problems.join()).toContain("services could not be read");
  expectSame(compareIncidents(sandbox));
});

test("import --to port leaves out what it may not read, adds what it may, and says so", async () => {
  await using sandbox = await start({ incidents: 200 });
  const mappingText = readDefaultFile("mapping.yaml")
    .replaceAll(
      /^ {6}apiQueryParams:(?=\n {8}(?:date_range|include: \[assignees\]))/gm,
      "      incidentAnalytics: true\n      apiQueryParams:",
    )
    .replaceAll("title: .title", 'title: .title + " " + (.__analytics != null | tostring)');
  using folder = createFolder();
  const first = { folder: folder.path, mappingText };
  expect((await runImportToPort(sandbox, first)).complete).toBe(true);
  const titles = sandbox.port.entities("pagerdutyIncident").map(({ title }) => String(title));
  expect(titles.every((title) => title.endsWith(" true"))).toBe(true);
  expect(sandbox.port.entities("pagerdutyService")[0]?.properties["oncall"]).toBeString();

  sandbox.configure({ refused: { analytics: 402 } });
  const report = await runImportToPort(sandbox, { ...first, fresh: true });
  expect(report.complete).toBe(false);
  expect(report.kinds["incidents"]).toMatchObject({ delivered: 200, failed: 0 });
  expect(report.problems.join()).toContain("__analytics of services could not be read");
  expect(report.problems.join()).toContain("__analytics of incidents could not be read");
  // What hangs on it stays as it was.
  expect(sandbox.port.entities("pagerdutyIncident")[0]?.title).toEndWith(" true");
});

test("import --to port reads windows again that it could not read whole", async () => {
  await using sandbox = await start({ incidents: 1000 });
  // A window whose count never agrees with its rows, which PagerDuty shows while rows move.
  let isMoving = true;
  const original = globalThis.fetch;
  const fetchMoving = Object.assign(
    async (...request: Parameters<typeof fetch>): Promise<Response> => {
      const response = await original(...request);
      const isMeant = /\/incidents\?since=2024.*offset=[1-9]/.test(response.url);
      if (!isMoving || !isMeant) return response;
      const body = (await response.json()) as { total: number };
      return Response.json({ ...body, total: body.total + 1 }, { headers: response.headers });
    },
    original,
  );
  using folder = createFolder();
  const first = await runImportToPort(sandbox, { folder: folder.path, fetch: fetchMoving });
  expect(first.complete).toBe(false);
  expect(first.stoppedBy).toBeUndefined();
  expect(first.problems.join()).toContain("The next run reads from there again");

  isMoving = false;
  const second = await runImportToPort(sandbox, { folder: folder.path });
  expect(second.complete).toBe(true);
  expect(second.kinds["incidents"]?.fetched).toBeGreaterThan(500);
  expectSame(compareIncidents(sandbox));
});

test("import --to port gets everything to Port through faults on both sides", async () => {
  await using sandbox = await start({
    faults: { rate: 0.05 },
    portApi: { faults: { rate: 0.05 } },
  });
  using folder = createFolder();
  let isRevoked = false;
  const onEvent = (): void => {
    if (isRevoked || sandbox.port.entityCount < 500) return;
    isRevoked = true;
    sandbox.port.revokeTokens();
  };
  const report = await runImportToPort(sandbox, { folder: folder.path, onEvent });
  expect(report).toMatchObject({ complete: true, problems: [] });
  expectSame(compareIncidents(sandbox));
});

test("import --to port with a wrong secret exits 4 at the first answer, and names the setting", async () => {
  await using sandbox = await start();
  using folder = createFolder();
  const env = { ...portEnvironment(sandbox), PORT_CLIENT_SECRET: "wrong-secret" };
  const result = await runCli(["import", "--to", "port"], { cwd: folder.path, env });
  expect(result.code).toBe(4);
  expect(sandbox.requests.port.total).toBe(1);
  expect(result.stderr).toContain("PORT_CLIENT_SECRET");
  expect(result.stderr).not.toContain("wrong-secret");
  expect(sandbox.requests.pagerduty.total).toBe(0);
  expect(existsSync(join(folder.path, "port-import.progress"))).toBe(false);
});

test("import --to port makes the blueprints that Port lacks, unless that is not wanted", async () => {
  await using sandbox = await startSandbox({ incidents: 10 });
  using folder = createFolder();
  const env = { ...portEnvironment(sandbox), PAGERPORT_INITIALIZE_PORT_RESOURCES: "false" };
  const result = await runHere(["import", "--to", "port"], { cwd: folder.path, env });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(
    "no blueprint pagerdutyService and no blueprint pagerdutyIncident",
  );
  expect(sandbox.port.entityCount).toBe(0);

  const options = { cwd: folder.path, env: portEnvironment(sandbox) };
  const made = await runHere(["import", "--to", "port"], options);
  expect(made.stderr).toContain("Created blueprints: pagerdutyEscalationPolicy, pagerdutyService");
  expect(made.code).toBe(0);
  expect(sandbox.port.entities("pagerdutyIncident")).toHaveLength(10);
});

test("import --to port never goes on with another mapping, and starts over with --fresh", async () => {
  await using sandbox = await start({ incidents: 50 });
  using folder = createFolder();
  const options = { cwd: folder.path, env: portEnvironment(sandbox) };
  expect((await runHere(["import", "--to", "port"], options)).code).toBe(0);
  const mapping = join(folder.path, "mapping.yaml");
  await Bun.write(mapping, readDefaultFile("mapping.yaml").replace("title: .title", "title: .id"));
  const args = ["import", "--to", "port", "--mapping", "mapping.yaml"];
  const other = await runHere(args, options);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("belongs to an import with another mapping. Use --fresh");
  const fresh = await runHere([...args, "--fresh"], options);
  expect(fresh.stderr).toContain("Wrote 40 services and 50 incidents to Port's catalog");
  expect(fresh.code).toBe(0);
});

test("import --to port --estimate counts and writes nothing", async () => {
  await using sandbox = await start();
  using folder = createFolder();
  const args = ["import", "--to", "port", "--estimate", "--json"];
  const result = await runHere(args, { cwd: folder.path, env: portEnvironment(sandbox) });
  expect(result.code).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({
    objects: { services: 40, incidents: 1000 },
    // 52 writes, and a question for each hundred objects.
    hosts: { port: { requests: 63 } },
  });
  expect(sandbox.port.entityCount).toBe(0);
});

test.each([
  { args: ["--to", "prot"], says: "--to must be port" },
  { args: ["--mapping", "mapping.yaml"], says: "--mapping goes with --to port" },
  { args: ["--to", "port", "--output", "x.json"], says: "--output does not go with --to port" },
  { args: ["--to", "port", "--no-port"], says: "--no-port does not go with --to port" },
  { args: ["--to", "port"], says: "PORT_CLIENT_ID is not set" },
])("import $args exits 2", async ({ args, says }) => {
  using folder = createFolder();
  const env = { PD_TOKEN: "secret-token" };
  const result = await runHere(["import", ...args], { cwd: folder.path, env });
  expect(result.stderr).toContain(says);
  expect(result.code).toBe(2);
});
