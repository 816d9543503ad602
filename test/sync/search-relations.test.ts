import { expect, test } from "bun:test";
import type { Store } from "@pagerport/core";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";
import { startSyncSetting, sumActions, type SyncSetting } from "../support/run-sync.ts";

const mapping = `
resources:
  - kind: incidents
    selector: { query: "true", apiQueryParams: { date_range: all } }
    port: { entity: { mappings: {
      identifier: .id, title: .title, blueprint: '"pagerdutyIncident"',
      properties: { status: .status },
      relations: { pagerdutyService: { combinator: '"and"', rules: [
        { property: '"url"', operator: '"="', value: .service.html_url }] } } } } }
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: .id, title: .name, blueprint: '"pagerdutyService"',
      properties: { url: .html_url, status: .status } } } }
`;

const size = { services: 3, incidents: 30, schedules: 2, users: 4 };
const hour = 60 * 60_000;
const nothing = { created: 0, updated: 0, deleted: 0 };

/** The setting, in which the store is that of a database, whose clock is moved by `shift.by`. */
async function openSearching(
  create: (typeof databaseSorts)[number][1],
): Promise<AsyncDisposable & { setting: SyncSetting; store: Store; shift: { by: number } }> {
  const database = await create();
  const setting = await startSyncSetting(size);
  const shift = { by: 0 };
  const store = await database.open({ shiftClock: () => testShift + shift.by });
  return {
    setting,
    store,
    shift,
    async [Symbol.asyncDispose]() {
      await setting[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Incidents, with the service that Port has found for each. */
function listFound({ sandbox }: SyncSetting): [string, unknown][] {
  return sandbox.port
    .entities("pagerdutyIncident")
    .map(({ identifier, relations }) => [identifier, relations["pagerdutyService"]]);
}

test.each(databaseSorts)(
  "resync() writes a relation by search once, and then only where it may find another (%s)",
  async (_sort, create) => {
    await using opened = await openSearching(create);
    const { setting, store, shift } = opened;
    const { sandbox } = setting;
    const sync = (): ReturnType<SyncSetting["sync"]> => setting.sync({ mapping, store });

    // Incidents are read before the services that are searched for; the run ends with them all the same.
    const first = await sync();
    expect(first.unfinished).toEqual([]);
    expect(first.notices.join("\n")).not.toContain("otherwise than it is written");
    const found = listFound(setting);
    expect(found.every(([, service]) => typeof service === "string")).toBe(true);

    let writes = setting.countWrites();
    expect(sumActions(await sync())).toMatchObject(nothing);
    expect(setting.countWrites()).toBe(writes);

    // No longer what it was: somebody has changed it, somebody has emptied it.
    const [one, two] = found.map(([identifier]) => identifier);
    const other = sandbox.port.entities("pagerdutyService").map(({ identifier }) => identifier);
    sandbox.port.editEntity("pagerdutyIncident", one ?? "", {
      relations: { pagerdutyService: other.find((id) => id !== found[0]?.[1]) ?? "" },
    });
    sandbox.port.editEntity("pagerdutyIncident", two ?? "", {
      relations: { pagerdutyService: null },
    });
    expect(sumActions(await sync())).toMatchObject({ ...nothing, updated: 2 });
    expect(listFound(setting)).toEqual(found);
    expect(sumActions(await sync())).toMatchObject(nothing);

    // What is searched for is another by now, though no incident has changed.
    const [, service] = found[0] ?? [];
    sandbox.port.editEntity("pagerdutyService", String(service), {
      properties: { url: "https://a" },
    });
    writes = setting.countWrites();
    await sync();
    expect(setting.countWrites()).toBeGreaterThan(writes);
    await sync();
    expect(listFound(setting)).toEqual(found);
    expect(sumActions(await sync())).toMatchObject(nothing);

    // Once a day, whatever is known.
    shift.by += 23 * hour;
    expect(sumActions(await sync())).toMatchObject(nothing);
    shift.by += hour;
    expect(sumActions(await sync())).toMatchObject({ ...nothing, updated: size.incidents });
    expect(sumActions(await sync())).toMatchObject(nothing);
  },
);

test.each(databaseSorts)(
  "resync() finds what appears later within the next run (%s)",
  async (_sort, create) => {
    await using opened = await openSearching(create);
    const { setting, store } = opened;
    const { sandbox } = setting;
    const others = mapping.replace(".service.html_url", `'"https://later"'`);
    const sync = (): ReturnType<SyncSetting["sync"]> => setting.sync({ mapping: others, store });
    await sync();
    expect(listFound(setting).some(([, service]) => typeof service === "string")).toBe(false);
    // Nothing was found, so Port is asked again and again.
    expect(sumActions(await sync())).toMatchObject({ ...nothing, updated: size.incidents });

    // Somebody else makes it.
    const [target = expect.unreachable()] = sandbox.port.entities("pagerdutyService");
    const properties = { ...target.properties, url: "https://later" };
    sandbox.port.putEntity({ ...target, identifier: "later", datasource: "", properties });
    await sync();
    expect(new Set(listFound(setting).map(([, service]) => service))).toEqual(new Set(["later"]));
    expect(sumActions(await sync())).toMatchObject(nothing);
  },
);

test("resync() that writes nothing tells the same of relations by search", async () => {
  await using setting = await startSyncSetting(size);
  await setting.sync({ mapping });
  const dry = await setting.sync({ mapping, dryRun: true });
  expect(sumActions(dry)).toMatchObject(nothing);
});

test("resync() writes a search that cannot be watched in every run", async () => {
  await using setting = await startSyncSetting(size);
  const watched = mapping
    .replace("'\"url\"'", "'\"$datasource\"'")
    .replace("'\"=\"'", "'\"contains\"'");
  const unwatched = watched.replace(/value: .*? }/, "value: '\"pagerport\"' }");
  await setting.sync({ mapping: unwatched });
  expect(sumActions(await setting.sync({ mapping: unwatched }))).toMatchObject({
    ...nothing,
    updated: size.incidents,
  });
});
