import { expect, test } from "bun:test";
import type { JsonObject } from "@pagerport/core";
import { YAML } from "bun";
import { readBlueprints } from "../support/blueprints.ts";
import { createFolder } from "../support/run-import.ts";
import { runHere } from "../support/run-here.ts";
import { bySize } from "../support/size.ts";
import { type OceanMapping, writeAsOcean } from "../support/write-as-ocean.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const minute = 60_000;
const hour = 60 * minute;
const identifier = "my-pagerduty-integration";
const mappingFile = `${import.meta.dir}/../support/ocean-mapping.yaml`;

/** One line of `sync --dry-run`. */
interface Action {
  readonly action: string;
  readonly blueprint: string;
  readonly identifier: string;
  readonly changed: readonly string[];
}

test("a catalog that Ocean wrote: a dry run shows the listed differences alone, and verify is clean after", async () => {
  // Ocean reads 10,000 rows of a list; a small account has a small Ocean.
  const most = bySize({ short: 120, long: 4000 });
  await using sandbox = await startSandbox({
    services: bySize({ short: 20, long: 200 }),
    incidents: bySize({ short: 150, long: 5000 }),
    schedules: bySize({ short: 4, long: 40 }),
    users: bySize({ short: 12, long: 120 }),
    from: testClock.now() - 25 * 24 * hour,
    to: testClock.now() - hour,
  });
  using folder = createFolder();
  for (const blueprint of readBlueprints()) sandbox.port.putBlueprint(relateToMany(blueprint));
  const mapping = YAML.parse(await Bun.file(mappingFile).text()) as JsonObject;
  sandbox.port.setIntegrationConfig(identifier, mapping, { resync: false });
  const ocean = mapping as unknown as OceanMapping;
  await writeAsOcean(sandbox, { mapping: ocean, identifier, most });
  const written = sandbox.port.entityCount;
  const env = {
    // What the container has, and nothing else.
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__INTEGRATION__IDENTIFIER: identifier,
    OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
    OCEAN__INTEGRATION__CONFIG__API_URL: sandbox.pagerDutyUrl,
    OCEAN__EVENT_LISTENER: '{"type":"POLLING"}',
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
    PAGERPORT_STATE_DIR: folder.path,
  };
  const run = async (...args: string[]) => {
    sandbox.clock.advance(1000);
    return runHere(args, { cwd: folder.path, env });
  };
  const compare = async (): Promise<Action[]> => {
    const { stdout, stderr, code } = await run("sync", "--dry-run");
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    const lines = stdout.trim().split("\n");
    return lines
      .map((line) => JSON.parse(line) as Action)
      .filter(({ action }) => action !== "unchanged");
  };

  // Nothing has changed since: what Ocean's list does not reach is all there is to do.
  const resolved = await sandbox.pagerduty.list("/incidents?statuses[]=resolved");
  const beyond = Array.from({ length: resolved.length - most }, () => "create pagerdutyIncident");
  expect(beyond.length).toBeGreaterThan(0);
  expect(name(await compare())).toEqual(beyond);
  expect(sandbox.port.entityCount).toBe(written);

  // What a container leaves: an on-call that has ended, an old incident, a property that a live event nulled.
  const [service] = sandbox.port.entities("pagerdutyService");
  const id = String(service?.identifier);
  sandbox.port.editEntity("pagerdutyService", id, { properties: { status: null } });
  const lists = {
    oncalls: [
      { user: { id: "PENDED", name: "Gone" }, schedule: null, start: null, escalation_policy: {} },
    ],
    incidents: [{ id: "QOLD", title: "Old", status: "resolved", service: { id } }],
  };
  await writeAsOcean(sandbox, { mapping: ocean, identifier, most, lists });
  sandbox.clock.advance(minute);
  const left = await compare();
  expect(name(left).toSorted()).toEqual([
    "aged pagerdutyIncident",
    ...beyond,
    "delete pagerdutyOncall",
    "update pagerdutyService",
  ]);
  expect(left.find(({ action }) => action === "update")).toMatchObject({
    identifier: id,
    changed: ["properties.status"],
  });
  expect(left.find(({ action }) => action === "delete")?.identifier).toBe("PENDED--");

  // The switch.
  expect(await run("sync")).toMatchObject({ code: 0 });
  sandbox.clock.advance(minute);
  expect(name(await compare())).toEqual(["aged pagerdutyIncident"]);
  const verified = await run("verify");
  expect(verified.stderr).toContain("Port's catalog is what PagerDuty says");
  expect(verified.code).toBe(0);
  expect(sandbox.port.entityCount).toBe(written + beyond.length + 1);
  const owners = sandbox.port.entities().map(({ datasource }) => datasource);
  const own = /^port-ocean\/pagerduty\/[\d.]+\/my-pagerduty-integration\/exporter$/;
  expect(owners.filter((owner) => !own.test(owner))).toEqual([]);
});

function name(actions: readonly Action[]): string[] {
  return actions.map(({ action, blueprint }) => `${action} ${blueprint}`);
}

/** An on-call relates to many schedules in Ocean's blueprint, to one in ours. */
function relateToMany(blueprint: JsonObject & { readonly identifier: string }): JsonObject {
  if (blueprint.identifier !== "pagerdutyOncall") return blueprint;
  const { pagerdutySchedule, ...relations } = blueprint["relations"] as Record<string, JsonObject>;
  return {
    ...blueprint,
    relations: { ...relations, pagerdutySchedule: { ...pagerdutySchedule, many: true } },
  };
}
