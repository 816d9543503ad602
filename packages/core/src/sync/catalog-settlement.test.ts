import { expect, test } from "bun:test";
import type { RunEvent } from "../events.ts";
import type { Entity, Problem } from "../map/entity.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";
import type { SourcePage } from "../source/source.ts";
import type { ImportRun } from "../store/import-state.ts";
import { CatalogSettlement } from "./catalog-settlement.ts";
import type { RefusedDelivery } from "./failed-file.ts";
import { keyOf } from "./import-items.ts";
import type { ImportWritten } from "./import-writer.ts";
import { listEntities } from "./map-page.ts";
import type { WrittenEntry } from "./write-entries.ts";

const mapping = await parseMapping(`
resources:
  - kind: incidents
    selector: { query: "true" }
    port: { entity: { mappings: { identifier: .id, blueprint: '"incident"' } } }
`);

function createRun(): ImportRun {
  return {
    number: 1,
    phase: "incidents",
    since: 0,
    until: 1000,
    position: 0,
    expected: 0,
    outputLength: 0,
    refusedLength: 0,
    counts: {
      services: { fetched: 0, delivered: 0, failed: 0 },
      incidents: { fetched: 0, delivered: 0, failed: 0 },
    },
    problems: [],
  };
}

/** The file of refused objects, in memory. */
function createJournal() {
  const lines = new Map<string, RefusedDelivery>();
  return {
    lines,
    refuse: (delivery: RefusedDelivery) => void lines.set(keyOf(delivery), delivery),
    forgetRefused: (keys: ReadonlySet<string>) => {
      for (const key of keys) lines.delete(key);
      return Promise.resolve();
    },
  };
}

function start(refused: readonly string[] = [], run = createRun()) {
  const journal = createJournal();
  for (const id of refused) {
    journal.refuse({ kind: "incidents", id, line: "[]", status: 422, reason: "bad" });
  }
  const messages: string[] = [];
  const onEvent = (event: RunEvent): void => {
    if ("message" in event) messages.push(event.message);
  };
  const settlement = new CatalogSettlement(run, [...journal.lines.values()], journal, onEvent);
  return { settlement, run, counts: run.counts.incidents, journal, messages };
}

/** What became of one incident; `status` is that of a refusal. */
function written(id: string, status?: number, entities = 1): WrittenEntry {
  const made = Array.from({ length: entities }, (_, place): Entity => {
    return { identifier: `${id}-${place}`, blueprint: "incident", properties: {}, relations: {} };
  });
  const [resource] = mapping.resources;
  const mapped = { id, selected: true, entities: made, skipped: 0, withheld: [], problems: [] };
  const results = resource === undefined ? [] : [{ resource, mapped }];
  const reason = "no";
  const refused =
    status === undefined
      ? []
      : made.map((entity) => ({ entity, written: false, status, error: "", reason }) as const);
  return {
    entry: {
      key: `incidents/${id}`,
      createdAt: 1,
      endsAt: undefined,
      place: undefined,
      teams: undefined,
      service: undefined,
      results,
    },
    refused,
  };
}

function batch(all: readonly WrittenEntry[], more: Partial<ImportWritten> = {}): ImportWritten {
  const accepted = all.filter(({ refused }) => refused.length === 0);
  const keysOf = (isEmpty: boolean): string[] =>
    accepted
      .filter(({ entry }) => (listEntities(entry).length === 0) === isEmpty)
      .map(({ entry }) => entry.key);
  const refused = all.filter((one) => one.refused.length > 0);
  return {
    accepted: keysOf(false),
    empty: keysOf(true),
    refused,
    problems: [],
    aside: [],
    ...more,
  };
}

const page: SourcePage = { type: "page", kind: "incidents", entries: [], unavailable: [] };

test("CatalogSettlement.settlePage() counts what was read, written, refused and made nothing of", () => {
  const { settlement, counts, journal, messages } = start();
  const problem: Problem = {
    kind: "incidents",
    resource: 0,
    objectId: "Q1",
    item: undefined,
    field: "title",
    message: "null is no text",
  };
  const all = [written("Q1"), written("Q2", 422), written("Q3", undefined, 0)];
  settlement.settlePage("incidents", page, batch(all, { problems: [problem] }));
  expect(counts).toEqual({ fetched: 3, delivered: 1, failed: 1, skipped: 1, fieldProblems: 1 });
  expect([...journal.lines.keys()]).toEqual(["incidents/Q2"]);
  expect(messages).toEqual([
    "incidents/Q1 title: null is no text",
    "Port refused incident Q2-0 with 422: no",
  ]);
});

test("CatalogSettlement keeps what was refused for want of another, and tells only what stays so", async () => {
  const { settlement, counts, journal, messages } = start();
  const all = [written("Q1", 404), written("Q2", 404), written("Q3", 422)];
  settlement.settlePage("incidents", page, batch(all));
  expect(journal.lines.size).toBe(3);
  const waiting = settlement.takeWaiting();
  expect(waiting.map(({ entry }) => entry.key)).toEqual(["incidents/Q1", "incidents/Q2"]);
  expect(settlement.takeWaiting()).toEqual([]);
  settlement.settleWaiting("incidents", batch([written("Q1"), written("Q2", 404)]));
  await settlement.forgetMended();
  expect(counts).toMatchObject({ fetched: 3, delivered: 1, failed: 2 });
  expect([...journal.lines.keys()]).toEqual(["incidents/Q2", "incidents/Q3"]);
  expect(messages).toEqual([
    "Port refused incident Q3-0 with 422: no",
    "Port refused incident Q2-0 with 404: no",
  ]);
});

test("CatalogSettlement remembers in the run what was set aside, until it was read again", () => {
  const { settlement, run, counts } = start();
  const aside = ["incidents/Q2", "incidents/Q3"];
  settlement.settlePage("incidents", page, batch([written("Q1")], { aside }));
  settlement.settleWaiting("incidents", batch([], { aside: ["incidents/Q3", "incidents/Q4"] }));
  expect(run.aside).toEqual(["incidents/Q2", "incidents/Q3", "incidents/Q4"]);
  expect(settlement.listAside("services")).toEqual([]);
  expect(settlement.listAside("incidents")).toEqual(["Q2", "Q3", "Q4"]);
  // One that was killed goes on with them.
  expect(start([], structuredClone(run)).settlement.listAside("incidents")).toHaveLength(3);

  const waiting = settlement.settleApplied(
    "incidents",
    ["Q2", "Q3"],
    batch([written("Q2"), written("Q3", 404)]),
    { isNew: true },
  );
  expect(waiting).toHaveLength(1);
  expect(settlement.listAside("incidents")).toEqual(["Q4"]);
  expect(counts).toMatchObject({ fetched: 3, delivered: 2, failed: 1 });
});

test("CatalogSettlement.settleApplied() takes what was refused before out of the file", async () => {
  const { settlement, counts, journal, messages } = start(["Q1", "Q2", "Q3"]);
  expect(counts.failed).toBe(3);
  const applied = batch([written("Q1"), written("Q2", 422)]);
  settlement.settleApplied("incidents", ["Q1", "Q2", "Q3"], applied, { isNew: false });
  settlement.giveUp("incidents", "Q3");
  await settlement.forgetMended();
  expect(counts).toMatchObject({ fetched: 0, delivered: 1, failed: 1 });
  expect([...journal.lines.keys()]).toEqual(["incidents/Q2"]);
  expect(messages.at(-1)).toStartWith("incidents/Q3, which Port refused before, is not in");
});

test("CatalogSettlement.settlePage() takes nothing out of the file: a listing may show a part only", async () => {
  const { settlement, counts, journal } = start(["Q1"]);
  settlement.settlePage("incidents", page, batch([written("Q1")]));
  await settlement.forgetMended();
  expect(counts).toMatchObject({ delivered: 1, failed: 1 });
  expect(journal.lines.size).toBe(1);
});

test("CatalogSettlement.startOver() forgets what is known of one kind", async () => {
  const run = { ...createRun(), aside: ["services/P1", "incidents/Q9"] };
  const { settlement, counts, journal } = start(["Q1"], run);
  await settlement.startOver("services");
  expect(journal.lines.size).toBe(1);
  expect(run.aside).toEqual(["incidents/Q9"]);
  await settlement.startOver("incidents");
  expect(journal.lines.size).toBe(0);
  expect(run.aside).toEqual([]);
  expect(counts.failed).toBe(1);
  expect(run.counts.incidents).toEqual({ fetched: 0, delivered: 0, failed: 0 });
});
