import { expect, test } from "bun:test";
import {
  createEntityWriter,
  createJournalFile,
  createStoreJournal,
  type DeletionJournal,
  JournalFullError,
  type Json,
  type JsonObject,
  noRun,
  PagerportError,
  type PortClient,
  type PortRequest,
  restoreEntities,
  type RestoreReport,
  type Store,
} from "@pagerport/core";
import { claimObjects } from "../../packages/core/src/store/claims.ts";
import { readProducers, recordProduced } from "../../packages/core/src/store/produced.ts";
import { startRun } from "../../packages/core/src/store/runs.ts";
import { readStubs } from "../../packages/core/src/store/stubs.ts";
import type { CarriedOut } from "../../packages/core/src/sync/deletion/carry/carried-out.ts";
import {
  carryOut,
  type CarryOutOptions,
} from "../../packages/core/src/sync/deletion/carry/carry-out.ts";
import { noteCarriedOut } from "../../packages/core/src/sync/deletion/carry/note-carried-out.ts";
import type { RunStore } from "../../packages/core/src/sync/run-store.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { bySize } from "../support/size.ts";
import {
  type CatalogSetting,
  make,
  type NamedEntity,
  nameOf,
  refOf,
  startCatalog,
} from "./start-catalog.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const hour = 3_600_000;

/** A service with all that our mapping writes, and with what a person added. */
function makeService(identifier: string, policy = "P"): NamedEntity {
  return make(
    `service/${identifier}`,
    { policy, twin: "T" },
    {
      title: "Payments",
      icon: "Service",
      team: ["platform"],
      properties: {
        status: "active",
        url: "https://example.pagerduty.com/S",
        teams: ["A"],
        oncall: "a@example.com",
        seconds: 7,
        tier: "gold",
      },
    },
  );
}

/** What stays of {@link makeService}. */
const stubProperties = {
  status: "deleted",
  url: "https://example.pagerduty.com/S",
  teams: ["A"],
  oncall: null,
  seconds: null,
  tier: "gold",
};

interface Setting extends AsyncDisposable {
  readonly catalog: CatalogSetting;
  readonly store: Store;
  /** Each of a new run, that began when nothing was written for an hour; `live` is of an event. */
  carryOut(
    removals: readonly string[],
    stubs: readonly string[],
    options?: Partial<CarryOutOptions> & { readonly live?: true },
  ): Promise<CarriedOut[]>;
  readonly lines: JsonObject[];
  start(): Promise<RunStore>;
}

async function start(entities: readonly NamedEntity[]): Promise<Setting> {
  const catalog = await startCatalog();
  const store = await openTestStore();
  const { sql } = store;
  await catalog.put(entities);
  const objects = entities.map(({ blueprint, identifier }) => ({
    object: `${blueprint}s/${identifier}`,
    resource: blueprint,
    entities: [{ blueprint, identifier }],
  }));
  await recordProduced(sql, objects, 0);
  const lines: JsonObject[] = [];
  const journal: DeletionJournal = {
    append: (line) => void lines.push(JSON.parse(line) as JsonObject),
    flush: () => Promise.resolve(),
  };
  const startOne = async (): Promise<RunStore> => {
    await sql.run("DELETE FROM lease");
    const { run } = await startRun(sql, { type: "full", owner: "test" });
    if (run === undefined) throw new Error("Another run goes on");
    return { sql, run, owner: "test", clock: testClock };
  };
  return {
    catalog,
    store,
    lines,
    start: startOne,
    async carryOut(removals, stubs, { live, run, ...given } = {}) {
      catalog.sandbox.clock.advance(hour);
      const startedAt = catalog.sandbox.clock.now();
      const ofRun = live ? undefined : (run ?? { store: await startOne(), startedAt });
      return carryOut({
        port: catalog.port,
        blueprints: await catalog.readBlueprints(),
        mapping: catalog.mapping,
        removals: removals.map(refOf),
        stubs: stubs.map(refOf),
        journal,
        run: ofRun,
        ...given,
      });
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await catalog[Symbol.asyncDispose]();
    },
  };
}

/** What is not empty of it, by blueprint. */
function describe(carried: readonly CarriedOut[]): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    carried.map(({ blueprint, ...lists }) => [
      blueprint,
      Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ]),
  );
}

async function readProduced({ sql }: Store, names: readonly string[]): Promise<string[]> {
  return (await readProducers(sql, names.map(refOf))).map(nameOf).toSorted();
}

async function readStubNames({ sql }: Store): Promise<string[]> {
  return (await readStubs(sql)).map(nameOf);
}

const P = make("policy/P", {}, { title: "Policy" });
const T = make("service/T");
const S = makeService("S");
const incident = make("incident/Q", { service: "S" });

test("carryOut() deletes, makes a stub of what incidents name, and notes both: F3", async () => {
  await using setting = await start([P, T, S, incident]);
  const { catalog, store, lines } = setting;
  const { port } = catalog.sandbox;
  const whole = port.entity("service", "S");
  expect(describe(await setting.carryOut(["policy/P", "service/T"], ["service/S"]))).toEqual({
    policy: { deleted: ["P"] },
    service: { deleted: ["T"], stubbed: ["S"] },
  });
  // Whole, and before anything that it relates to was gone.
  expect(lines.find(({ identifier }) => identifier === "S")).toMatchObject({
    properties: S.properties,
    relations: { policy: "P", twin: "T" },
  });
  const stub = port.entity("service", "S");
  expect(stub).toMatchObject({ title: "Payments", icon: "Service", team: ["platform"] });
  expect(stub?.properties).toEqual(stubProperties);
  expect(stub?.relations).toEqual({ policy: null, twin: null });
  expect(stub?.createdAt).toBe(whole?.createdAt);
  expect(port.entity("incident", "Q")?.relations).toMatchObject({ service: "S" });
  expect(await readProduced(store, ["service/S", "service/T", "policy/P"])).toEqual([]);
  expect(await readStubs(store.sql)).toMatchObject([
    { blueprint: "service", identifier: "S", object: "services/S" },
  ]);

  // The next run leaves it alone.
  const { total } = catalog.sandbox.requests.port;
  expect(describe(await setting.carryOut([], ["service/S"]))).toEqual({
    service: { already: ["S"] },
  });
  expect(lines).toHaveLength(3);
  expect(catalog.sandbox.requests.port.total - total).toBe(2);
  expect(port.entity("service", "S")?.updatedAt).toBe(stub?.updatedAt);

  // And lets it go once nothing names it.
  expect(describe(await setting.carryOut(["service/S", "incident/Q"], []))).toEqual({
    incident: { deleted: ["Q"] },
    service: { deleted: ["S"] },
  });
  expect(await readStubNames(store)).toEqual([]);
});

test("carryOut() of an event leaves claims and notes to the caller", async () => {
  await using setting = await start([P, T, S, incident]);
  const { store } = setting;
  const claimed = await claimObjects(store.sql, { objects: ["services/S"], owner: "event" });
  expect(claimed.held).toEqual([]);
  const carried = await setting.carryOut(["policy/P"], ["service/S"], { live: true });
  expect(describe(carried)).toEqual({ policy: { deleted: ["P"] }, service: { stubbed: ["S"] } });
  expect(await readProduced(store, ["service/S", "policy/P"])).toEqual(["policy/P", "service/S"]);
  expect(await readStubNames(store)).toEqual([]);
  await store.sql.transaction((inside) => noteCarriedOut(inside, carried, 1));
  expect(await readProduced(store, ["service/S", "policy/P"])).toEqual([]);
  expect(await readStubNames(store)).toEqual(["service/S"]);
});

test("carryOut() leaves alone what was written since the run began, and what others work on", async () => {
  await using setting = await start([P, T, makeService("S"), makeService("U"), makeService("V")]);
  const { catalog, store, lines } = setting;
  const startedAt = catalog.sandbox.clock.now() + hour;
  await claimObjects(store.sql, { objects: ["services/V"], owner: "event" });
  const run = { store: await setting.start(), startedAt };
  catalog.sandbox.clock.advance(hour);
  await catalog.put([makeService("U"), make("service/T")]);
  const carried = await setting.carryOut(["service/T"], ["service/S", "service/U", "service/V"], {
    run,
  });
  expect(describe(carried)).toEqual({
    service: { stubbed: ["S"], recent: expect.arrayContaining(["T", "U", "V"]) as unknown },
  });
  expect(catalog.sandbox.port.entity("service", "V")?.properties).toMatchObject(S.properties);
  expect(await readStubNames(store)).toEqual(["service/S"]);
  expect(lines.map(({ identifier }) => identifier)).toEqual(["S", "V"]);
});

/** A Port whose answers to searches are changed. */
function changeSearches(
  port: PortClient,
  change: (body: JsonObject, request: PortRequest) => JsonObject,
): PortClient {
  return {
    async send(request) {
      const answer = await port.send(request);
      if (!request.path.endsWith("/entities/search")) return answer;
      return { ...answer, body: change(answer.body, request) };
    },
  };
}

test("carryOut() keeps what Port's search lacks, and asks again next time: F5", async () => {
  await using setting = await start([P, T, S, makeService("U")]);
  const { catalog, store, lines } = setting;
  const isMissed = (row: Json): boolean => ["T", "U"].includes(String(Object(row).identifier));
  const port = changeSearches(catalog.port, (body) => ({
    ...body,
    entities: [body["entities"] ?? []].flat().filter((row) => !isMissed(row)),
  }));
  const lists = [
    ["policy/P", "service/T"],
    ["service/S", "service/U"],
  ] as const;
  expect(describe(await setting.carryOut(...lists, { port }))).toEqual({
    policy: { deleted: ["P"] },
    service: { stubbed: ["S"], unsure: ["T", "U"] },
  });
  expect(catalog.sandbox.port.entity("service", "T")).toBeDefined();
  expect(await readProduced(store, ["service/T", "service/U"])).toEqual(["service/T", "service/U"]);
  expect(await readStubNames(store)).toEqual(["service/S"]);
  expect(lines.map(({ identifier }) => identifier)).toEqual(["P", "S"]);
  expect(describe(await setting.carryOut(["service/T"], ["service/U"]))).toEqual({
    service: { deleted: ["T"], stubbed: ["U"] },
  });
});

test("carryOut() changes nothing where Port's answer holds no list of entities: F5", async () => {
  await using setting = await start([P, S]);
  const { catalog } = setting;
  const port = changeSearches(catalog.port, ({ entities: _left, ...body }) => body);
  const error = await failureOf(setting.carryOut(["policy/P"], ["service/S"], { port }));
  expect(error).toBeInstanceOf(PagerportError);
  expect(error.message).toBe(
    "Port's answer holds no list of entities: POST /v1/blueprints/service/entities/search",
  );
  expect(catalog.sandbox.port.entity("policy", "P")).toBeDefined();
});

test.each(["policy", "service"])(
  "carryOut() changes nothing where what is of %s could not be put into the journal",
  async (blueprint) => {
    await using setting = await start([P, S]);
    const { catalog, store } = setting;
    let last = "";
    const journal: DeletionJournal = {
      append: (line) => (last = line),
      flush: () =>
        last.includes(`"blueprint":"${blueprint}"`)
          ? Promise.reject(new Error("The disk is full"))
          : Promise.resolve(),
    };
    const carried = describe(await setting.carryOut(["policy/P"], ["service/S"], { journal }));
    const reason = "the journal of deletions could not be written: The disk is full";
    expect(carried).toEqual({
      policy: { refused: [{ identifier: "P", reason }] },
      service: { refused: [{ identifier: "S", reason }] },
    });
    expect(catalog.sandbox.port.entity("service", "S")?.properties).toMatchObject(S.properties);
    expect(await readProduced(store, ["service/S", "policy/P"])).toEqual(["policy/P", "service/S"]);
  },
);

test("carryOut() journals nothing of what goes where what becomes a stub beside it has no room", async () => {
  await using setting = await start([P, S, incident]);
  let room = 0;
  const asked: number[] = [];
  const journal: DeletionJournal = {
    admit(bytes) {
      asked.push(bytes);
      return bytes > room
        ? Promise.reject(new JournalFullError("It is full", { path: "journal" }))
        : Promise.resolve();
    },
    append: (line) => void setting.lines.push(JSON.parse(line) as JsonObject),
    flush: () => Promise.resolve(),
  };
  await setting.carryOut(["policy/P"], [], { journal });
  room = Math.ceil((asked[0] ?? 0) * 1.5);
  // Run after run: what is refused must not fill the journal.
  for (let round = 1; round <= 2; round += 1) {
    const carried = describe(await setting.carryOut(["policy/P"], ["service/S"], { journal }));
    expect(carried).toEqual({
      policy: { refused: [{ identifier: "P", reason: "It is full" }] },
      service: { refused: [{ identifier: "S", reason: "It is full" }] },
    });
  }
  expect(setting.lines).toEqual([]);
  room *= 10;
  expect(describe(await setting.carryOut(["policy/P"], ["service/S"], { journal }))).toEqual({
    policy: { deleted: ["P"] },
    service: { stubbed: ["S"] },
  });
  expect(setting.lines).toHaveLength(2);
});

test("carryOut() withholds what its blueprint lets not become a stub, and tells what Port refuses", async () => {
  await using setting = await start([P, T, S, make("shift/A", { service: "T" })]);
  const { catalog, store, lines } = setting;
  const { port } = catalog.sandbox;
  const blueprint = (await catalog.readBlueprints()).get("service")?.json ?? {};
  const schema = Object(blueprint["schema"]) as JsonObject;
  port.putBlueprint({ ...blueprint, schema: { ...schema, required: ["oncall"] } });
  const carried = describe(await setting.carryOut(["service/T"], ["service/S"]));
  expect(carried["service"]).toMatchObject({
    withheld: [{ identifier: "S", reason: expect.stringContaining("properties.oncall") }],
    refused: [{ identifier: "T", reason: expect.stringContaining("shift") }],
  });
  expect(lines.map(({ identifier }) => identifier)).toEqual(["T"]);
  expect(port.entity("service", "S")?.properties).toMatchObject(S.properties);
  expect(await readStubNames(store)).toEqual([]);
  // With what cannot be without it, it goes.
  expect(describe(await setting.carryOut(["service/T", "shift/A"], []))).toEqual({
    shift: { deleted: ["A"] },
    service: { deleted: ["T"] },
  });
});

test("carryOut() changes many in parts, each under its claims", async () => {
  const count = bySize({ short: 230, long: 2300 });
  const many = Array.from({ length: count }, (_, place) => make(`service/N${place}`));
  await using setting = await start(many.slice(0, 1));
  const { catalog, store } = setting;
  const writer = createEntityWriter({
    port: catalog.port,
    merge: true,
    createMissingRelatedEntities: false,
  });
  await writer.write(
    many.map((entity) => Object.assign({}, entity, { properties: { status: "active" } })),
  );
  const names = many.map((entity) => nameOf(entity));
  const half = Math.floor(count / 2);
  const [carried] = await setting.carryOut(names.slice(0, half), names.slice(half));
  expect(carried?.deleted).toHaveLength(half);
  expect(carried?.stubbed).toHaveLength(count - half);
  expect(await readStubNames(store)).toHaveLength(count - half);
  expect((await store.sql.all("SELECT * FROM inbox_key")).length).toBe(0);
});

async function restoreStored(
  { catalog, store }: Setting,
  run: number,
  overwrite = false,
): Promise<RestoreReport> {
  catalog.sandbox.clock.advance(hour);
  return restoreEntities({ port: catalog.port, stored: { sql: store.sql, run }, overwrite });
}

function snapshot({ catalog }: Setting): unknown[] {
  return ["policy/P", "service/T", "service/S"].map((name) => {
    const { blueprint, identifier } = refOf(name);
    const {
      updatedAt: _at,
      createdAt: _made,
      ...entity
    } = catalog.sandbox.port.entity(blueprint, identifier) ?? {};
    return entity;
  });
}

test("restoreEntities() undoes a stub, with what was deleted in the same run", async () => {
  await using setting = await start([P, T, S, incident]);
  const { store } = setting;
  const before = snapshot(setting);
  const journal = createStoreJournal(store, 7);
  await setting.carryOut(["policy/P", "service/T"], ["service/S"], { journal });
  expect(snapshot(setting)).not.toEqual(before);
  expect(await restoreStored(setting, 7)).toMatchObject({ restored: 3, alreadyThere: [] });
  expect(snapshot(setting)).toEqual(before);
  expect(await readStubNames(store)).toEqual([]);
  expect(await restoreStored(setting, 7)).toMatchObject({ restored: 0 });
});

test.each([
  ["made anew", makeService("S")],
  ["changed by a person", make("service/S", {}, { properties: { tier: "silver" } })],
])(
  "restoreEntities() leaves a stub alone that was %s, unless it is to overwrite",
  async (_, after) => {
    await using setting = await start([T, S, incident]);
    const { catalog, store } = setting;
    const journal = createStoreJournal(store, 7);
    await setting.carryOut([], ["service/S"], { journal });
    await catalog.put([after]);
    expect(await restoreStored(setting, 7)).toMatchObject({
      restored: 0,
      alreadyThere: [{ identifier: "S" }],
    });
    expect(await restoreStored(setting, 7, true)).toMatchObject({ restored: 1 });
    expect(catalog.sandbox.port.entity("service", "S")?.properties).toMatchObject(S.properties);
  },
);

test("restoreEntities() brings back the whole entity of a stub that an event deleted", async () => {
  await using setting = await start([T, S, incident]);
  const { catalog, store } = setting;
  const journal = createStoreJournal(store);
  const options = { journal, live: true } as const;
  await setting.carryOut([], ["service/S"], options);
  expect(describe(await setting.carryOut(["service/S"], [], options))).toEqual({
    service: { deleted: ["S"] },
  });
  expect(catalog.sandbox.port.entity("service", "S")).toBeUndefined();
  expect(await restoreStored(setting, noRun)).toMatchObject({ restored: 1 });
  expect(catalog.sandbox.port.entity("service", "S")?.properties).toMatchObject(S.properties);
});

test("restoreEntities() from a file tells the store that is named that a stub is none any more", async () => {
  await using setting = await start([T, S, incident]);
  using folder = new TemporaryFolder();
  const { catalog, store } = setting;
  const { port } = catalog;
  const journal = createJournalFile({ folder: folder.path, run: "live" });
  const carried = await setting.carryOut([], ["service/S"], { journal, live: true });
  await noteCarriedOut(store.sql, carried, 1);
  await journal[Symbol.asyncDispose]();
  expect(await readStubNames(store)).toEqual(["service/S"]);
  catalog.sandbox.clock.advance(hour);
  const path = journal.path ?? "";
  expect(await restoreEntities({ port, path, sql: store.sql })).toMatchObject({ restored: 1 });
  expect(await readStubNames(store)).toEqual([]);
});

test("restoreEntities() reads both from a file, and does not know the store there", async () => {
  await using setting = await start([T, S, incident]);
  using folder = new TemporaryFolder();
  const { catalog, store } = setting;
  const { port } = catalog;
  const journal = createJournalFile({ folder: folder.path, run: "live" });
  const options = { journal, live: true } as const;
  const carried = await setting.carryOut([], ["service/S"], options);
  await noteCarriedOut(store.sql, carried, 1);
  const path = journal.path ?? "";
  catalog.sandbox.clock.advance(hour);
  expect(await restoreEntities({ port, path })).toMatchObject({ entities: 1, restored: 1 });
  expect(catalog.sandbox.port.entity("service", "S")?.properties).toMatchObject(S.properties);
  expect(await readStubNames(store)).toEqual(["service/S"]);
  // So the next that looks makes it a stub again.
  expect(describe(await setting.carryOut([], ["service/S"], options))).toEqual({
    service: { stubbed: ["S"] },
  });
  await setting.carryOut(["service/S"], [], options);
  await journal[Symbol.asyncDispose]();
  expect(await restoreEntities({ port, path })).toMatchObject({ entities: 1, restored: 1 });
  expect(catalog.sandbox.port.entity("service", "S")?.properties).toMatchObject(S.properties);
});
