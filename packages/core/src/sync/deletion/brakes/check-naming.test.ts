import { expect, test } from "bun:test";
import { createMapper } from "../../../map/mapper.ts";
import type { SourceEnd, SourcePage } from "../../../source/source.ts";
import type { KindName } from "../../../source/kinds.ts";
import { recordProduced } from "../../../store/produced.ts";
import { createMappedEntry } from "../../../testing/mapped-entry.ts";
import { parseResources, type ResourceSketch } from "../../../testing/parse-resources.ts";
import { listEntities } from "../../map-page.ts";
import { createNamingCheck, leaveOutBlueprints } from "./check-naming.ts";
import { openTestStore } from "../../../testing/open-test-store.ts";

interface Given {
  /** Objects of each page, and how many of them all get another name: the last. */
  readonly pages: readonly number[];
  readonly renamed: number;
  /** How many of them the store knows: the last. @default all */
  readonly known?: number;
  readonly kind?: KindName;
  readonly changed?: readonly string[];
}

/** Runs a check; objects whose name is `new` are named otherwise than before. */
async function check({ pages, renamed, known, kind = "services", changed = ["thing"] }: Given) {
  await using store = await openTestStore();
  const sketch: ResourceSketch = { kind, blueprint: "thing", identifier: ".name // .id" };
  await using mapper = createMapper(await parseResources([sketch]));
  const count = pages.reduce((sum, size) => sum + size, 0);
  const ids = Array.from({ length: count }, (_, place) => `P${place}`);
  const productions = ids.slice(count - (known ?? count)).map((id) => ({
    object: `${kind}/${id}`,
    resource: `${kind}[0]`,
    entities: [{ blueprint: "thing", identifier: id }],
  }));
  await recordProduced(store.sql, productions, 1);
  let at = 0;
  let given = 0;
  const entries = (size: number): SourcePage["entries"] =>
    ids.slice(at, (at += size)).map((id, place) => {
      const isRenamed = at - size + place >= count - renamed;
      return { object: { id, name: isRenamed ? `new ${id}` : null }, resources: [0] };
    });
  const items = pages.map((size): SourcePage => {
    return { type: "page", kind, entries: entries(size), unavailable: [] };
  });
  const end: SourceEnd = {
    type: "end",
    kind,
    outcomes: new Map(),
    rows: count,
    unavailable: new Map(),
  };
  async function* read(): AsyncGenerator<SourcePage | SourceEnd> {
    for (const item of [...items, end]) {
      given += 1;
      yield await Promise.resolve(item);
    }
  }
  const naming = createNamingCheck({
    mapper,
    sql: store.sql,
    changed: new Set(changed),
    isOwned: () => true,
  });
  const out: (SourcePage | SourceEnd)[] = [];
  let readBefore = 0;
  for await (const item of naming.inspect(mapper.mapping.resources, read())) {
    if (out.length === 0) readBefore = given;
    out.push(item);
  }
  expect(out).toEqual([...items, end]);
  return { reason: naming.blocked.get("thing") ?? "", readBefore };
}

test.each<[string, boolean, Given]>([
  ["1 of 1", false, { pages: [1], renamed: 1 }],
  ["2 of 4", false, { pages: [4], renamed: 2 }],
  ["3 of 4", true, { pages: [4], renamed: 3 }],
  ["3 of 15", false, { pages: [15], renamed: 3 }],
  ["4 of 15", true, { pages: [15], renamed: 4 }],
  ["40 of 200", false, { pages: [100, 100], renamed: 40 }],
  ["41 of 200", true, { pages: [100, 100], renamed: 41 }],
  ["all of the third page", false, { pages: [50, 50, 50], renamed: 50 }],
  ["all of the second page", true, { pages: [50, 50], renamed: 50 }],
  ["all, of which the store knows 2", false, { pages: [15], renamed: 15, known: 2 }],
  ["all, of which the store knows 3", true, { pages: [15], renamed: 15, known: 3 }],
  ["none at all", false, { pages: [], renamed: 0 }],
  ["all, under the same mapping", false, { pages: [15], renamed: 15, changed: [] }],
  ["all, of another blueprint", false, { pages: [15], renamed: 15, changed: ["other"] }],
  ["all, of incidents", false, { pages: [15], renamed: 15, kind: "incidents" }],
])("createNamingCheck() where %s get another name: blocked %p", async (_name, isBlocked, given) => {
  const { reason } = await check(given);
  expect(reason !== "").toBe(isBlocked);
  if (isBlocked) expect(reason).toContain("otherwise than before");
});

test("createNamingCheck() looks at two pages before it gives anything on, and at no more", async () => {
  expect((await check({ pages: [5, 5, 5, 5], renamed: 0 })).readBefore).toBe(2);
  expect((await check({ pages: [5, 5], renamed: 0, changed: [] })).readBefore).toBe(1);
});

test("leaveOutBlueprints() leaves the others", async () => {
  const [resource] = (await parseResources([{ kind: "services", blueprint: "service" }])).resources;
  if (resource === undefined) throw new Error("There is one");
  const entry = createMappedEntry("services/P1", {
    resource,
    makes: { service: "P1", other: "P2" },
  });
  const left = leaveOutBlueprints(entry, new Set(["service"]));
  expect(listEntities(left).map(({ blueprint }) => blueprint)).toEqual(["other"]);
  expect(left.key).toBe("services/P1");
});
