import { expect, test } from "bun:test";
import type { BehaviourChanges, Sandbox } from "@pagerport/cli/sandbox";
import { type JsonObject, readDefaultFile } from "@pagerport/core";
import { readBlueprints } from "../support/blueprints.ts";
import { syncQuickly } from "../support/quick-clock.ts";
import { startSyncSetting, sumActions, type SyncSetting } from "../support/run-sync.ts";

const small = { services: 20, incidents: 200, schedules: 8, users: 12 } as const;

/** Our mapping and its blueprints, with figures of incidents too. */
function withIncidentFigures(): { readonly mapping: string; readonly blueprints: JsonObject[] } {
  const mapping = readDefaultFile("mapping.yaml")
    .replaceAll(/(kind: incidents\n +selector:\n)/g, "$1      incidentAnalytics: true\n")
    .replace("urgency: .urgency", "urgency: .urgency\n            figure: .__analytics.urgency");
  const blueprints = readBlueprints();
  const incident = blueprints.find(({ identifier }) => identifier === "pagerdutyIncident");
  const schema = incident?.["schema"] as { readonly properties: JsonObject };
  schema.properties["figure"] = { type: "string" };
  return { mapping, blueprints };
}

/** Values of properties of all entities of a blueprint, by identifier. */
function readValues(
  { port }: Sandbox,
  blueprint: string,
  names: readonly string[],
): Record<string, unknown[]> {
  return Object.fromEntries(
    port
      .entities(blueprint)
      .map(({ identifier, properties }) => [identifier, names.map((name) => properties[name])]),
  );
}

const serviceFigures = ["meanSecondsToResolve", "meanSecondsToFirstAck", "meanSecondsToEngage"];

test.each<[string, BehaviourChanges, Readonly<Record<string, readonly string[]>>, RegExp[]]>([
  [
    "a token that may not read users",
    { refused: { users: 403 } },
    { pagerdutySchedule: ["users"], pagerdutyUser: ["email", "role"] },
    [
      /^12 of pagerdutyUser were not made again, and not deleted: users\[6\]: .*403/,
      /^__email of schedules could not be read: .*403/,
      /^users\[6\] was not read whole: .*403/,
    ],
  ],
  [
    "an account without analytics",
    { refused: { analytics: 402 } },
    { pagerdutyService: serviceFigures, pagerdutyIncident: ["figure"] },
    [
      /^__analytics of incidents could not be read: .*402/,
      /^__analytics of services could not be read: .*402/,
    ],
  ],
  [
    "a quota of analytics that is spent",
    { analyticsQuota: 0 },
    { pagerdutyService: serviceFigures, pagerdutyIncident: ["figure"] },
    [
      /^__analytics of incidents could not be read: .*429/,
      /^__analytics of services could not be read: .*429/,
    ],
  ],
])(
  "resync() with %s does the rest, leaves what hangs on it as it was, and says so",
  async (_name, behaviour, kept, said) => {
    const { mapping, blueprints } = withIncidentFigures();
    await using setting = await startSyncSetting(small, blueprints);
    const { sandbox } = setting;
    const { pagerduty, port } = sandbox;
    expect((await setting.sync({ mapping })).unfinished).toEqual([]);
    const read = (): unknown =>
      Object.entries(kept).map(([blueprint, names]) => readValues(sandbox, blueprint, names));
    const before = read();
    expect(JSON.stringify(before)).toMatch(/":\["[a-z]|":\[\d|":\[\["[a-z]/);

    sandbox.configure(behaviour);
    const [service] = [...pagerduty.allServices()];
    const serviceId = String(service?.id);
    const [incident] = [...pagerduty.allIncidents()].toReversed();
    const [schedule] = await pagerduty.list("/schedules");
    const changed = { description: "Changed by hand" };
    pagerduty.changeObject(serviceId, changed);
    pagerduty.changeObject(String(schedule?.["id"]), changed);
    pagerduty.changeObject(String(incident?.id), { title: "Changed by hand" });
    const report = await setting.sync({ mapping });
    expect(read()).toEqual(before);
    expect(port.entity("pagerdutyService", serviceId)?.properties).toMatchObject(changed);
    expect(port.entity("pagerdutySchedule", String(schedule?.["id"]))?.properties).toMatchObject(
      changed,
    );
    expect(port.entity("pagerdutyIncident", String(incident?.id))?.title).toBe("Changed by hand");
    expect(sumActions(report)).toMatchObject({ created: 0, deleted: 0 });
    // Kinds are read side by side.
    expect(report.unfinished.toSorted()).toEqual(said.map((text) => expect.stringMatching(text)));
  },
);

/** Who is on call changes with time, and is not what these tests are about. */
const kinds = ["services", "incidents"];

/** An incident that was resolved and has left the time that is read, to which something happens now. */
async function touchAged(setting: SyncSetting, mapping: string): Promise<string> {
  const { pagerduty } = setting.sandbox;
  const [service] = [...pagerduty.allServices()];
  const id = pagerduty.createIncident({ serviceId: String(service?.id) });
  pagerduty.resolveIncident(id);
  await setting.sync({ mapping });
  setting.sandbox.clock.advance(50 * 86_400_000);
  pagerduty.changeObject(id, { title: "Changed by hand" });
  return id;
}

test("resync() says so where analytics is refused only when objects are read again", async () => {
  const { mapping, blueprints } = withIncidentFigures();
  await using setting = await startSyncSetting(small, blueprints);
  const { sandbox } = setting;
  const id = await touchAged(setting, mapping);
  const before = sandbox.port.entity("pagerdutyIncident", id)?.properties["figure"];
  expect(before).toBeString();
  sandbox.onRequest(({ path }) => {
    if (path.startsWith("/log_entries")) sandbox.configure({ refused: { analytics: 402 } });
  });
  const report = await syncQuickly(setting, { mapping, kinds });
  const entity = sandbox.port.entity("pagerdutyIncident", id);
  expect(entity?.title).toBe("Changed by hand");
  expect(entity?.properties["figure"]).toBe(before ?? "");
  expect(report.unfinished).toEqual([
    expect.stringMatching(/^__analytics of incidents could not be read: .*402/),
  ]);
});

test("resync() does the rest where an incident that changed cannot be read again, and does so next time", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const mapping = readDefaultFile("mapping.yaml");
  const gone = sandbox.pagerduty.createService({ name: "Goes" });
  const id = await touchAged(setting, mapping);
  sandbox.pagerduty.deleteService(gone);
  sandbox.configure({
    refuse: (path) => (path.startsWith(`/incidents/${id}`) ? 500 : undefined),
  });
  const report = await syncQuickly(setting, { mapping, kinds });
  expect(report.unfinished).toEqual([
    expect.stringMatching(/^Some of incidents that changed could not be read again: .*500/),
  ]);
  expect(sandbox.port.entity("pagerdutyService", gone)).toBeUndefined();
  expect(sandbox.port.entity("pagerdutyIncident", id)?.title).not.toBe("Changed by hand");

  sandbox.configure({ refuse: () => undefined });
  const next = await syncQuickly(setting, { mapping, kinds });
  expect(next.unfinished).toEqual([]);
  expect(sandbox.port.entity("pagerdutyIncident", id)?.title).toBe("Changed by hand");
});
