import { afterAll, expect, test } from "bun:test";
import type { MappedObject } from "./entity.ts";
import { createJqEngine } from "./jq/engine.ts";
import type { JsonObject } from "../json.ts";
import { type ApplyOptions, createMapper } from "./mapper.ts";
import { parseMapping } from "./parse/parse-mapping.ts";

const engine = createJqEngine();
afterAll(() => engine.close());

interface Parts {
  readonly query?: string | boolean;
  readonly mappings?: object;
  readonly itemsToParse?: string;
  readonly itemsToParseName?: string;
  readonly itemsToParseTopLevelTransform?: boolean;
}

/** Maps objects with one resource; each test runs natively and by jq, which must not differ. */
async function mapBoth(
  parts: Parts,
  objects: readonly JsonObject[],
  options?: ApplyOptions,
): Promise<MappedObject[]> {
  const { query = "true", mappings, ...items } = parts;
  const source = {
    resources: [
      {
        kind: "incidents",
        selector: { query },
        port: {
          entity: { mappings: { identifier: ".id", blueprint: '"incident"', ...mappings } },
          ...items,
        },
      },
    ],
  };
  const mapping = await parseMapping(source, { engine });
  const natively = await createMapper(mapping, { engine }).apply(0, objects, options);
  const byJq = await createMapper(mapping, { engine, native: false }).apply(0, objects, options);
  expect(byJq).toEqual(natively);
  return natively;
}

async function mapOne(mappings: object, object: JsonObject): Promise<MappedObject> {
  const [mapped] = await mapBoth({ mappings }, [{ id: "Q1", ...object }]);
  if (mapped === undefined) throw new Error("Nothing came back");
  return mapped;
}

test("apply() sends a mapped null, and leaves out what is not mapped", async () => {
  const mapped = await mapOne(
    {
      title: ".title",
      icon: ".icon",
      team: ".team",
      properties: { a: ".a" },
      relations: { r: ".r" },
    },
    {},
  );
  expect(mapped.problems).toEqual([]);
  expect(mapped.entities).toEqual([
    { identifier: "Q1", blueprint: "incident", properties: { a: null }, relations: { r: null } },
  ]);
});

test("apply() takes the first of several outputs, and null for none", async () => {
  const mapped = await mapOne(
    { properties: { first: ".xs[]", none: ".empty[]", two: "1, 2" } },
    { xs: [7, 8], empty: [] },
  );
  expect(mapped.entities[0]?.properties).toEqual({ first: 7, none: null, two: 1 });
});

test.each([
  [{ id: 5 }, "5"],
  [{ id: true }, "true"],
  [{ id: 1e21 }, "1E+21"],
  [{ id: "P1" }, "P1"],
])("apply() makes text of the identifier of %j", async (object, expected) => {
  const [mapped] = await mapBoth({}, [object]);
  expect(mapped?.entities[0]?.identifier).toBe(expected);
});

test.each<JsonObject>([{ id: null }, {}, { id: "" }, { id: 0 }, { id: false }])(
  "apply() skips and counts %j, which has no identifier",
  async (object) => {
    const [mapped] = await mapBoth({}, [object]);
    expect(mapped).toMatchObject({
      selected: true,
      entities: [],
      skipped: 1,
      withheld: [],
      problems: [],
    });
  },
);

test.each([
  ["identifier", { identifier: ".id" }, { id: ["a"] }, undefined, "incident"],
  ["identifier", { identifier: ".id.x" }, { id: "Q1" }, undefined, "incident"],
  ["blueprint", { blueprint: ".b.x" }, { id: "Q1", b: 1 }, "Q1", undefined],
  ["blueprint", { blueprint: ".b" }, { id: "Q1", b: 1 }, "Q1", undefined],
  ["title", { title: ".t" }, { id: "Q1", t: {} }, "Q1", "incident"],
  ["icon", { icon: ".t" }, { id: "Q1", t: [1] }, "Q1", "incident"],
] as const)(
  "apply() withholds an entity by its %s (%j of %j), with what could be computed",
  async (by, mappings, object, identifier, blueprint) => {
    const [mapped] = await mapBoth({ mappings }, [object as JsonObject]);
    expect(mapped?.entities).toEqual([]);
    expect(mapped?.withheld).toEqual([{ by, identifier, blueprint }]);
    expect(mapped?.problems.map((problem) => problem.field)).toEqual([by]);
  },
);

test("apply() makes text of a number or boolean title or icon, and leaves one that fails out", async () => {
  const mapped = await mapOne({ title: ".n", icon: ".n.x" }, { n: 0 });
  expect(mapped.entities[0]).toEqual({
    identifier: "Q1",
    blueprint: "incident",
    title: "0",
    properties: {},
    relations: {},
  });
  expect(mapped.problems).toEqual([
    {
      kind: "incidents",
      resource: 0,
      objectId: "Q1",
      item: undefined,
      field: "icon",
      message: 'Cannot index number with string ("x")',
    },
  ]);
});

test.each([
  [".r", "P1", "P1", []],
  [".r", 5, "5", []],
  [".r", null, null, []],
  [".r", ["P1", null, 7], ["P1", "7"], []],
  [".r", [], [], []],
  [".r", "has space", null, ['gave "has space", which Port does not take as an identifier']],
  [".r", ["a b", "ok"], ["ok"], ['gave "a b", which Port does not take as an identifier']],
  [".r", "..", null, ['gave "..", which Port does not take as an identifier']],
  [".r", "Ünal/a:b=c@d+e\\f", "Ünal/a:b=c@d+e\\f", []],
  [".r", true, null, ["gave a boolean, not an identifier"]],
  [".r", { id: 1 }, null, ["gave an object, not an identifier"]],
  [".r.x", 5, null, ['Cannot index number with string ("x")']],
] as const)(
  "apply() sends a relation %s of %j as %j",
  async (source, value, expected, messages) => {
    const mapped = await mapOne(
      { relations: { r: source } },
      { r: (value as JsonObject["r"]) ?? null },
    );
    expect(mapped.entities[0]?.relations).toEqual({ r: (expected as JsonObject["r"]) ?? null });
    expect(mapped.problems.map((problem) => problem.message)).toEqual([...messages]);
  },
);

test.each([
  ["a", "a"],
  [
    ["a", null, "b"],
    ["a", "b"],
  ],
  [null, undefined],
  [{ x: 1 }, undefined],
] as const)("apply() sends a team of %j as %j", async (team, expected) => {
  const mapped = await mapOne({ team: ".team" }, { team: (team as JsonObject["team"]) ?? null });
  expect(mapped.entities[0]?.team).toEqual(expected as string | undefined);
});

const byEmail = {
  combinator: '"and"',
  rules: [
    { property: '"email"', operator: '"="', value: ".email" },
    {
      combinator: '"or"',
      rules: [{ property: '"$team"', operator: '"in"', value: "[.teams[].id]" }],
    },
  ],
};

test("apply() evaluates every leaf of a search query, for identifier, team and relation", async () => {
  const mapped = await mapOne(
    { identifier: byEmail, team: byEmail, relations: { r: byEmail } },
    { email: "a@b.c", teams: [{ id: "T1" }] },
  );
  const query: JsonObject = {
    combinator: "and",
    rules: [
      { property: "email", operator: "=", value: "a@b.c" },
      { combinator: "or", rules: [{ property: "$team", operator: "in", value: ["T1"] }] },
    ],
  };
  expect(mapped.entities).toEqual([
    {
      identifier: query,
      blueprint: "incident",
      team: query,
      properties: {},
      relations: { r: query },
    },
  ]);
});

test("apply() looks for nothing where a leaf of a search query is null, and tells one that fails", async () => {
  const missing = await mapOne({ team: byEmail, relations: { r: byEmail } }, { teams: [] });
  expect(missing.entities[0]).toEqual({
    identifier: "Q1",
    blueprint: "incident",
    properties: {},
    relations: { r: null },
  });
  expect(missing.problems).toEqual([]);
  const failing = await mapOne({ relations: { r: byEmail } }, { email: "a", teams: 1 });
  expect(failing.entities[0]?.relations).toEqual({ r: null });
  expect(failing.problems.map(({ field, message }) => [field, message])).toEqual([
    ["relations.r", "Cannot iterate over number (1)"],
  ]);
});

test.each([
  [".on", { on: true }, true, 0],
  [".on", { on: false }, false, 0],
  [".on", {}, false, 0],
  [".on", { on: "true" }, false, 1],
  [".on.x", { on: 1 }, false, 1],
] as const)(
  "apply() by the selector %s of %j: selected %p",
  async (query, object, selected, problems) => {
    const [mapped] = await mapBoth({ query }, [{ id: "Q1", ...object }]);
    expect(mapped?.selected).toBe(selected);
    expect(mapped?.problems).toHaveLength(problems);
    expect(mapped?.withheld).toEqual(
      problems === 0 ? [] : [{ by: "selector", identifier: "Q1", blueprint: "incident" }],
    );
  },
);

test("apply() makes one entity for each item, and leaves the list out of what they see", async () => {
  const parts = {
    itemsToParse: ".a.list | map(select(. != null))",
    query: ".item.on",
    mappings: { identifier: '.id + "-" + .item.n', properties: { rest: ".a", item: ".item" } },
  };
  const object = {
    id: "Q1",
    a: { list: [{ n: "1", on: true }, null, { n: "2", on: false }], other: 1 },
  };
  const [mapped] = await mapBoth(parts, [object]);
  expect(mapped?.entities).toEqual([
    {
      identifier: "Q1-1",
      blueprint: "incident",
      properties: { rest: { other: 1 }, item: { n: "1", on: true } },
      relations: {},
    },
  ]);
  const [kept] = await mapBoth(
    {
      ...parts,
      itemsToParseTopLevelTransform: false,
      itemsToParseName: "rule",
      query: true,
      mappings: {
        identifier: ".rule.n",
        properties: { rest: ".a.other", list: ".a.list | length" },
      },
    },
    [object],
  );
  expect(kept?.entities.map((entity) => [entity.identifier, entity.properties])).toEqual([
    ["1", { rest: 1, list: 3 }],
    ["2", { rest: 1, list: 3 }],
  ]);
});

test.each([
  [null, 0],
  [[], 0],
  [{ a: 1 }, 1],
  ["text", 1],
] as const)(
  "apply() makes no entities of items that are %j; problems: %d",
  async (list, problems) => {
    const [mapped] = await mapBoth({ itemsToParse: ".list" }, [
      { id: "Q1", list: (list as JsonObject["list"]) ?? null },
    ]);
    expect(mapped?.entities).toEqual([]);
    expect(mapped?.problems).toHaveLength(problems);
    expect(mapped?.withheld.map((one) => one.by)).toEqual(problems === 0 ? [] : ["itemsToParse"]);
  },
);

test("apply() makes an entity for each of a list of mappings, and names the one that fails", async () => {
  const mapping = await parseMapping(
    {
      resources: [
        {
          kind: "users",
          selector: { query: "true" },
          port: {
            entity: {
              mappings: [
                { identifier: ".id", blueprint: '"a"' },
                { identifier: ".id", blueprint: '"b"', properties: { x: ".id.x" } },
              ],
            },
          },
        },
      ],
    },
    { engine },
  );
  const [mapped] = await createMapper(mapping, { engine }).apply(0, [{ id: "P1" }]);
  expect(mapped?.entities.map((entity) => entity.blueprint)).toEqual(["a", "b"]);
  expect(mapped?.problems.map((problem) => problem.field)).toEqual(["mappings[1].properties.x"]);
});

test("apply() leaves out what reads an unavailable key, and withholds what hangs on it", async () => {
  const mappings = {
    title: ".__analytics.name",
    properties: { mean: ".__analytics.mean", email: ".__oncall_user[0].user.email" },
    relations: { r: '"\\(.__analytics.id)"' },
  };
  const object = { id: "Q1", __oncall_user: [{ user: { email: "a@b.c" } }] };
  const options = { unavailable: ["__analytics"] };
  const [mapped] = await mapBoth({ mappings }, [object], options);
  expect(mapped?.problems).toEqual([]);
  expect(mapped?.entities).toEqual([
    { identifier: "Q1", blueprint: "incident", properties: { email: "a@b.c" }, relations: {} },
  ]);
  const [other] = await mapBoth({ mappings }, [object], { unavailable: ["__oncall_users"] });
  expect(other?.entities[0]?.properties).toEqual({ mean: null, email: "a@b.c" });
  const [withheld] = await mapBoth({ query: ".__analytics != null" }, [object], options);
  expect(withheld?.entities).toEqual([]);
  expect(withheld?.withheld).toEqual([{ by: "selector", identifier: "Q1", blueprint: "incident" }]);
});

test("apply() isolates three failing fields among a hundred objects", async () => {
  const breaking: Record<number, JsonObject> = {
    7: { a: "text" },
    42: { b: 5 },
    99: { c: true },
  };
  const objects = Array.from({ length: 100 }, (_, at): JsonObject => ({
    id: `Q${at}`,
    a: { x: 1 },
    b: { x: 2 },
    c: { x: 3 },
    ...breaking[at],
  }));
  const mapped = await mapBoth(
    { mappings: { properties: { a: ".a.x", b: ".b.x", c: ".c.x" } } },
    objects,
  );
  const clean = mapped.filter((one) => one.problems.length === 0);
  expect(clean).toHaveLength(97);
  for (const one of clean) expect(one.entities[0]?.properties).toEqual({ a: 1, b: 2, c: 3 });
  expect(mapped.flatMap((one) => (one.problems.length > 0 ? one.entities : []))).toEqual([
    { identifier: "Q7", blueprint: "incident", properties: { a: null, b: 2, c: 3 }, relations: {} },
    {
      identifier: "Q42",
      blueprint: "incident",
      properties: { a: 1, b: null, c: 3 },
      relations: {},
    },
    {
      identifier: "Q99",
      blueprint: "incident",
      properties: { a: 1, b: 2, c: null },
      relations: {},
    },
  ]);
  const problem = { kind: "incidents", resource: 0, item: undefined };
  expect(mapped.flatMap((one) => one.problems)).toEqual([
    {
      ...problem,
      objectId: "Q7",
      field: "properties.a",
      message: 'Cannot index string with string ("x")',
    },
    {
      ...problem,
      objectId: "Q42",
      field: "properties.b",
      message: 'Cannot index number with string ("x")',
    },
    {
      ...problem,
      objectId: "Q99",
      field: "properties.c",
      message: 'Cannot index boolean with string ("x")',
    },
  ]);
});

test("apply() names an on-call by what it joins, and anything without an id by its place", async () => {
  const mapped = await mapBoth({ mappings: { properties: { a: ".a.b.c" } } }, [
    { escalation_policy: { id: "PP" }, user: { id: "PU" }, schedule: null, a: 1 },
    { a: 1 },
  ]);
  expect(mapped.map((one) => one.id)).toEqual(["PP/PU", "#2"]);
});

test("apply() starts no process for a mapping that is all native", async () => {
  const forbidden = createJqEngine({
    startChild: () => {
      throw new Error("No child was needed");
    },
  });
  const source = {
    resources: [
      {
        kind: "users",
        selector: { query: true },
        port: { entity: { mappings: { identifier: ".id", blueprint: '"u"' } } },
      },
    ],
  };
  const mapping = await parseMapping(source, { engine: forbidden });
  const [mapped] = await createMapper(mapping, { engine: forbidden }).apply(0, [{ id: "P1" }]);
  expect(mapped?.entities).toHaveLength(1);
});
