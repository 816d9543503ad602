import { expect, test } from "bun:test";
import { createOwnedFinder } from "../../packages/core/src/sync/deletion/carry/create-owned-finder.ts";
import { settleRelations } from "../../packages/core/src/sync/deletion/carry/settle-relations.ts";
import { settleWithinShare } from "../../packages/core/src/sync/deletion/carry/settle-within-share.ts";
import type {
  SettledRelations,
  SettleRelationsOptions,
} from "../../packages/core/src/sync/deletion/carry/settled-relations.ts";
import { integrationIdentifier } from "../support/connect-sandbox.ts";
import { bySize } from "../support/size.ts";
import {
  type CatalogSetting,
  make,
  type NamedEntity,
  nameOf,
  refOf,
  startCatalog,
} from "./start-catalog.ts";

interface Situation {
  /** What the integration wrote, in the order in which it did. */
  readonly ours: readonly NamedEntity[];
  /** What a person wrote. */
  readonly theirs?: readonly NamedEntity[];
  readonly removals: readonly string[];
  readonly stubs?: readonly string[];
  readonly made?: readonly string[];
  readonly allowed?: readonly string[];
}

/** What became of each entity, by name. */
interface Outcome {
  readonly remove?: readonly string[];
  readonly dependents?: readonly string[];
  readonly stubs?: readonly string[];
  readonly needed?: Readonly<Record<string, string>>;
  /** By what cannot be without it. */
  readonly withheld?: Readonly<Record<string, readonly string[]>>;
}

/** The mapping's two flags: what relations make, and what goes with what it cannot be without. */
interface Flags {
  readonly creates: boolean;
  readonly deletes: boolean;
}

async function put(
  setting: CatalogSetting,
  { ours, theirs = [] }: Pick<Situation, "ours" | "theirs">,
): Promise<void> {
  await setting.put(ours);
  for (const { blueprint, identifier, relations } of theirs) {
    setting.sandbox.port.editEntity(blueprint, identifier, { relations });
  }
}

async function settle(
  setting: CatalogSetting,
  situation: Situation,
  flags: Flags,
): Promise<SettledRelations> {
  return settleRelations(await describeSituation(setting, situation, flags));
}

async function describeSituation(
  setting: CatalogSetting,
  { removals, stubs = [], made = [], allowed = [] }: Situation,
  { creates, deletes }: Flags,
): Promise<SettleRelationsOptions> {
  const { port } = setting;
  const mapping = {
    ...setting.mapping,
    createMissingRelatedEntities: creates,
    deleteDependentEntities: deletes,
  };
  const isMade = new Set(made);
  return {
    port,
    mapping,
    blueprints: await setting.readBlueprints(),
    removals: removals.map(refOf),
    stubs: stubs.map(refOf),
    findOwned: createOwnedFinder({ port, integrationIdentifier }),
    findMade: (refs) => Promise.resolve(refs.filter((ref) => isMade.has(nameOf(ref)))),
    isDependentAllowed: ({ blueprint }) => allowed.includes(blueprint),
  };
}

function describe({ remove, dependents, stubs, needed, withheld }: SettledRelations): Outcome {
  const names = {
    remove: remove.map(nameOf).toSorted(),
    dependents: dependents.map(nameOf).toSorted(),
    stubs: stubs.map(nameOf).toSorted(),
  };
  return {
    ...Object.fromEntries(Object.entries(names).filter(([, list]) => list.length > 0)),
    ...(needed.length > 0 && {
      needed: Object.fromEntries(needed.map(({ ref, by }) => [nameOf(ref), nameOf(by)])),
    }),
    ...(withheld.length > 0 && {
      withheld: Object.fromEntries(
        withheld.map((one) => [nameOf(one.ref), one.dependents.map(nameOf).toSorted()]),
      ),
    }),
  };
}

const S = make("service/S");
const T = make("service/T");
const incident = (id: string, service: string): NamedEntity => make(`incident/${id}`, { service });
const shift = (id: string, service: string): NamedEntity => make(`shift/${id}`, { service });
const runbook = (id: string, service: string): NamedEntity => make(`runbook/${id}`, { service });

const on: Flags = { creates: true, deletes: true };
const all: readonly Flags[] = [
  on,
  { creates: true, deletes: false },
  { creates: false, deletes: true },
  { creates: false, deletes: false },
];

/** One outcome whatever the flags say, or one for each state of one flag. */
type Expected =
  | Outcome
  | { readonly creates: Outcome; readonly notCreates: Outcome }
  | { readonly deletes: Outcome; readonly notDeletes: Outcome };

const table: readonly (readonly [string, Situation, Expected])[] = [
  ["nothing names it", { ours: [S], removals: ["service/S"] }, { remove: ["service/S"] }],
  [
    "an incident that stays names it: F3",
    { ours: [S, incident("Q", "S")], removals: ["service/S"] },
    { stubs: ["service/S"] },
  ],
  [
    "an incident that was made now names it",
    { ours: [S, incident("Q", "S")], removals: ["service/S"], made: ["incident/Q"] },
    { stubs: ["service/S"] },
  ],
  [
    "a policy that an incident names among others",
    {
      ours: [make("policy/P"), make("incident/Q", { policies: ["P", "R"] })],
      removals: ["policy/P"],
    },
    { stubs: ["policy/P"] },
  ],
  [
    "the incident goes too",
    { ours: [S, incident("Q", "S")], removals: ["service/S", "incident/Q"] },
    { remove: ["incident/Q", "service/S"] },
  ],
  [
    "the incident would go too, but another incident names it",
    {
      ours: [S, incident("Q", "S"), make("incident/R", { parent: "Q" })],
      removals: ["service/S", "incident/Q"],
    },
    { stubs: ["incident/Q", "service/S"] },
  ],
  [
    "an incident of somebody else names it",
    { ours: [S], theirs: [incident("Q", "S")], removals: ["service/S"] },
    { remove: ["service/S"] },
  ],
  [
    "a stub that an incident still names",
    { ours: [S, incident("Q", "S")], removals: [], stubs: ["service/S"] },
    { stubs: ["service/S"] },
  ],
  [
    "a stub whose incident goes now, and one that nothing names",
    {
      ours: [S, T, incident("Q", "S")],
      removals: ["incident/Q"],
      stubs: ["service/S", "service/T"],
    },
    { remove: ["incident/Q", "service/S", "service/T"] },
  ],
  [
    "one that was made now names it",
    { ours: [S, make("service/T", { twin: "S" })], removals: ["service/S"], made: ["service/T"] },
    { creates: { needed: { "service/S": "service/T" } }, notCreates: { remove: ["service/S"] } },
  ],
  [
    "one that waits names it",
    { ours: [S, make("service/T", { twin: "S" })], removals: ["service/S"] },
    { remove: ["service/S"] },
  ],
  [
    "a note of a person names it",
    { ours: [S], theirs: [make("note/N", { service: "S" })], removals: ["service/S"] },
    { remove: ["service/S"] },
  ],
  [
    "a runbook of a person cannot be without it: F4",
    { ours: [S, T], theirs: [runbook("R", "S")], removals: ["service/S", "service/T"] },
    { remove: ["service/T"], withheld: { "service/S": ["runbook/R"] } },
  ],
  [
    "a runbook cannot be without it, and an incident names it",
    { ours: [S, incident("Q", "S")], theirs: [runbook("R", "S")], removals: ["service/S"] },
    { stubs: ["service/S"] },
  ],
  [
    "runbooks may go for once",
    {
      ours: [S],
      theirs: [runbook("R", "S"), make("note/N", { service: "S" })],
      removals: ["service/S"],
      allowed: ["runbook"],
    },
    { remove: ["service/S"], dependents: ["runbook/R"] },
  ],
  [
    "notes may go for once, runbooks may not",
    { ours: [S], theirs: [runbook("R", "S")], removals: ["service/S"], allowed: ["note"] },
    { withheld: { "service/S": ["runbook/R"] } },
  ],
  [
    "a shift of ours that waits cannot be without it",
    { ours: [S, shift("A", "S")], removals: ["service/S"] },
    {
      deletes: { remove: ["service/S"], dependents: ["shift/A"] },
      notDeletes: { withheld: { "service/S": ["shift/A"] } },
    },
  ],
  [
    "shifts may go for once",
    { ours: [S, shift("A", "S")], removals: ["service/S"], allowed: ["shift"] },
    { remove: ["service/S"], dependents: ["shift/A"] },
  ],
  [
    "a shift cannot be without it, and goes by itself",
    { ours: [S, shift("A", "S")], removals: ["service/S", "shift/A"] },
    { remove: ["service/S", "shift/A"] },
  ],
  [
    "a step of a person cannot be without a shift that cannot be without it",
    {
      ours: [S, shift("A", "S"), shift("B", "S")],
      theirs: [make("step/X", { shift: "A" })],
      removals: ["service/S"],
    },
    {
      deletes: { withheld: { "service/S": ["step/X"] } },
      notDeletes: { withheld: { "service/S": ["shift/A", "shift/B"] } },
    },
  ],
  [
    "a step of a person holds back one shift that goes, and so its service",
    {
      ours: [S, T, shift("A", "S"), shift("B", "T")],
      theirs: [make("step/X", { shift: "A" })],
      removals: ["service/S", "service/T", "shift/A", "shift/B"],
    },
    {
      remove: ["service/T", "shift/B"],
      withheld: { "service/S": ["step/X"], "shift/A": ["step/X"] },
    },
  ],
  [
    "an incident names a shift that cannot be without it",
    {
      ours: [S, shift("A", "S"), make("incident/Q", { shift: "A" })],
      removals: ["service/S"],
    },
    {
      deletes: { stubs: ["service/S"] },
      notDeletes: { withheld: { "service/S": ["shift/A"] } },
    },
  ],
  [
    "an incident names a shift that goes, and that cannot be without it",
    {
      ours: [S, shift("A", "S"), make("incident/Q", { shift: "A" })],
      removals: ["service/S", "shift/A"],
    },
    { stubs: ["service/S", "shift/A"] },
  ],
  [
    "a stub merely names another that goes",
    {
      ours: [make("policy/P"), make("service/S", { policy: "P" }), incident("Q", "S")],
      removals: ["service/S", "policy/P"],
    },
    { remove: ["policy/P"], stubs: ["service/S"] },
  ],
  [
    "two that name each other both go",
    {
      ours: [make("service/S", { twin: "T" }), make("service/T", { twin: "S" })],
      removals: ["service/S", "service/T"],
    },
    { remove: ["service/S", "service/T"] },
  ],
];

function expectedFor(expected: Expected, { creates, deletes }: Flags): Outcome {
  if ("creates" in expected) return creates ? expected.creates : expected.notCreates;
  if ("deletes" in expected) return deletes ? expected.deletes : expected.notDeletes;
  return expected;
}

for (const [name, situation, expected] of table) {
  test(`settleRelations() where ${name}`, async () => {
    await using setting = await startCatalog();
    await put(setting, situation);
    for (const flags of all) {
      const settled = describe(await settle(setting, situation, flags));
      expect({ flags, settled }).toEqual({ flags, settled: expectedFor(expected, flags) });
    }
  });
}

test("settleRelations() keeps a shift that was made now before what it cannot be without goes", async () => {
  const made = { ours: [S, shift("A", "S")], removals: ["service/S"], made: ["shift/A"] };
  const expected: readonly Outcome[] = [
    { needed: { "service/S": "shift/A" } },
    { needed: { "service/S": "shift/A" } },
    { remove: ["service/S"], dependents: ["shift/A"] },
    { withheld: { "service/S": ["shift/A"] } },
  ];
  await using setting = await startCatalog();
  await put(setting, made);
  for (const [place, flags] of all.entries()) {
    expect(describe(await settle(setting, made, flags))).toEqual(expected[place] ?? {});
  }
});

test("settleRelations() names the first few of many dependents, how many there are, and how they may go", async () => {
  await using setting = await startCatalog();
  const theirs = Array.from({ length: 5 }, (_, place) => runbook(`R${place}`, "S"));
  const situation = { ours: [S, shift("A", "S")], theirs, removals: ["service/S"] };
  await put(setting, situation);
  const { withheld } = await settle(setting, situation, { creates: true, deletes: false });
  expect(withheld[0]?.dependents).toHaveLength(6);
  expect(withheld[0]?.reason).toBe(
    "shift/A cannot be without it (deleteDependentEntities is off; --allow-delete-dependents shift lets it go); runbook/R0, runbook/R1, runbook/R2 and 2 more cannot be without it (not of this integration; --allow-delete-dependents runbook lets them go)",
  );
});

test("settleRelations() names every blueprint whose dependents are in the way, once", async () => {
  await using setting = await startCatalog();
  const situation = {
    ours: [S],
    theirs: [runbook("R1", "S"), runbook("R2", "S"), shift("A", "S")],
    removals: ["service/S"],
  };
  await put(setting, situation);
  const { withheld } = await settle(setting, situation, on);
  expect(withheld[0]?.reason).toContain(
    "(not of this integration; --allow-delete-dependents runbook shift lets them go)",
  );
  const allowed = ["runbook", "shift"];
  const { remove } = await settle(setting, { ...situation, allowed }, on);
  expect(remove.map(nameOf)).toEqual(["service/S"]);
});

test("settleWithinShare() keeps a service whose dependents are too many, and says so", async () => {
  await using setting = await startCatalog();
  const situation = { ours: [S, shift("A", "S")], removals: ["service/S"] };
  await put(setting, situation);
  const ask = async (flags: Flags, allowed: readonly string[] = []): Promise<string> => {
    const options = await describeSituation(setting, { ...situation, allowed }, flags);
    const { withheld } = await settleWithinShare(options, () => false);
    return withheld.map(({ reason }) => reason).join();
  };
  const way = "--allow-delete-dependents shift lets it go";
  expect([
    await ask(on),
    await ask({ creates: true, deletes: false }),
    await ask(on, ["shift"]),
  ]).toEqual([
    `shift/A cannot be without it (more than may go of their blueprint in 7 days; ${way})`,
    `shift/A cannot be without it (deleteDependentEntities is off; ${way})`,
    "",
  ]);
});

test("settleRelations() withholds what cannot become a stub, but not what is one", async () => {
  await using setting = await startCatalog();
  const { sandbox } = setting;
  const blueprint = (await setting.readBlueprints()).get("service");
  const properties = { oncall: "a@example.com" };
  const situation = {
    ours: [
      make("service/S", {}, { properties }),
      make("service/T", {}, { properties }),
      incident("Q", "S"),
      incident("R", "T"),
    ],
    removals: ["service/S"],
    stubs: ["service/T"],
  };
  const schema = Object(blueprint?.json["schema"]);
  sandbox.port.putBlueprint({ ...blueprint?.json, schema: { ...schema, required: ["oncall"] } });
  await put(setting, situation);
  const settled = await settle(setting, situation, on);
  expect(describe(settled)).toEqual({ stubs: ["service/T"], withheld: { "service/S": [] } });
  expect(settled.withheld[0]?.reason).toContain(
    "properties.oncall, which blueprint service requires",
  );
});

test("settleRelations() reads no further page of what names an entity that becomes a stub anyway", async () => {
  await using setting = await startCatalog();
  const { sandbox, mapping } = setting;
  const many = bySize({ short: 2500, long: 25_000 });
  await setting.put([S, T]);
  for (let place = 0; place < many; place += 1) {
    sandbox.port.editEntity("incident", `Q${place}`, { relations: { service: "S" } });
  }
  let searches = 0;
  const port = {
    send: (request: Parameters<CatalogSetting["port"]["send"]>[0]) => {
      if (request.path === "/blueprints/incident/entities/search") searches += 1;
      return setting.port.send(request);
    },
  };
  const settled = await settleRelations({
    port,
    mapping,
    blueprints: await setting.readBlueprints(),
    removals: ["service/S", "service/T"].map(refOf),
    stubs: [],
    findOwned: (refs) => Promise.resolve(refs),
    findMade: () => Promise.resolve([]),
    isDependentAllowed: () => false,
  });
  expect(describe(settled)).toEqual({ remove: ["service/T"], stubs: ["service/S"] });
  expect(searches).toBe(2);
});
