import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import type { ListRequest } from "./fetch-page.ts";
import { type IdentifiedObject, isIdentified } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { type ListReading, readList } from "./read-list.ts";

const services: ListRequest<IdentifiedObject> = {
  path: "/services",
  wrapper: "services",
  query: [],
  isRow: isIdentified,
  identify: (row) => row.id,
};

function createHost(
  count: number,
  options: ScriptedOptions & {
    readonly onList?: (host: ScriptedPagerDuty, turn: number) => void;
  } = {},
): ScriptedPagerDuty {
  let turn = 0;
  const host: ScriptedPagerDuty = new ScriptedPagerDuty({
    ...options,
    onRequest: () => options.onList?.(host, turn++),
  });
  host.services = Array.from({ length: count }, (_, place) => ({ id: `S${place}` }));
  return host;
}

function idsOf(reading: ListReading<IdentifiedObject>): string[] {
  return reading.rows.map((row) => row.id);
}

function offsetsOf(host: ScriptedPagerDuty): string[] {
  return host.requests.map(({ query }) => valueOf(query, "offset"));
}

function valueOf(query: Query, name: string): string {
  return new Map(query).get(name) ?? "";
}

test.each([
  [0, 1],
  [1, 1],
  [99, 1],
  [100, 1],
  [101, 2],
  [199, 2],
  [200, 3],
  [1000, 11],
  [9999, 101],
  [10_000, 101],
])("readList() reads %i rows once each with %i requests", async (count, requests) => {
  const host = createHost(count);
  const reading = await readList(host, services);
  expect(reading).toMatchObject({ complete: true, reason: "" });
  expect(idsOf(reading)).toEqual(Array.from({ length: count }, (_, place) => `S${place}`));
  expect(host.requests).toHaveLength(requests);
});

test("readList() gives what can be had of more than 10,000 rows, and says that it is not all", async () => {
  const host = createHost(10_001);
  const reading = await readList(host, services);
  expect(reading.complete).toBe(false);
  expect(reading.reason).toBe("it has 10001 rows, and PagerDuty gives out the first 10000 only");
  expect(reading.rows).toHaveLength(10_000);
});

test("readList() never asks beyond row 10,000 while rows come and go there", async () => {
  const host = createHost(10_000, {
    onList: (list, turn) => {
      if (turn % 2 === 1) list.services.splice(turn % 90, 1);
      else list.services.push({ id: `N${turn}` });
    },
  });
  const reading = await readList(host, services);
  expect(new Set(idsOf(reading)).size).toBe(reading.rows.length);
});

test("readList() gives a page that was already fetched its place", async () => {
  const host = createHost(150);
  const first = {
    offset: 0,
    rows: host.services.slice(0, 100).filter(isIdentified),
    more: true,
    total: 150,
    date: undefined,
  };
  const pages: number[] = [];
  const reading = await readList(host, services, { first, onPage: (rows) => pages.push(rows) });
  expect(reading.complete).toBe(true);
  expect(reading.rows).toHaveLength(150);
  expect(offsetsOf(host)).toEqual(["99"]);
  expect(pages).toEqual([100, 51]);
});

test("readList() reads again when a row moved between pages", async () => {
  const host = createHost(250, {
    onList: (list, turn) => {
      // S10 is renamed and sorted to the end after the first page has been read.
      if (turn !== 1) return;
      list.services.push(...list.services.splice(10, 1));
    },
  });
  const reading = await readList(host, services);
  expect(reading.complete).toBe(true);
  expect(idsOf(reading).toSorted()).toEqual(
    Array.from({ length: 250 }, (_, place) => `S${place}`).toSorted(),
  );
});

test("readList() reads one page after another when pages read in parallel do not fit together", async () => {
  const host = createHost(250, {
    onList: (list, turn) => {
      if (turn === 1) list.services.splice(0, 1);
    },
  });
  const reading = await readList(host, services);
  expect(reading.complete).toBe(true);
  expect(idsOf(reading)[0]).toBe("S1");
  expect(reading.rows).toHaveLength(249);
});

test("readList() says so when a list changes all the time", async () => {
  const host = createHost(250, { onList: (list) => void list.services.shift() });
  const reading = await readList(host, services);
  expect(reading.complete).toBe(false);
  expect(reading.reason).toStartWith("it changed while it was read, 3 times in a row: ");
});

test("readList() takes the page size that the host really gives", async () => {
  for (const pageSize of [2, 3, 25, 99]) {
    const host = createHost(500, { pageSize });
    const reading = await readList(host, services);
    expect(reading.complete).toBe(true);
    expect(reading.rows).toHaveLength(500);
  }
});

test("readList() calls a list incomplete whose pages are too small to overlap", async () => {
  const reading = await readList(createHost(7, { pageSize: 1 }), services);
  expect(reading.complete).toBe(false);
});

test("readList() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const host = createHost(500, {
    onList: (_list, turn) => {
      if (turn === 2) controller.abort(new Error("enough"));
    },
  });
  let reason: unknown;
  try {
    await readList(host, services, { signal: controller.signal });
  } catch (error) {
    reason = error;
  }
  expect(reason).toEqual(new Error("enough"));
});

const change = fc.record({
  turn: fc.nat({ max: 30 }),
  place: fc.nat({ max: 80 }),
  remove: fc.nat({ max: 12 }),
  insert: fc.nat({ max: 3 }),
});

test("readList() with rows inserted and deleted between pages misses none or says incomplete", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 80 }),
      fc.integer({ min: 2, max: 12 }),
      fc.array(change, { maxLength: 5 }),
      fc.boolean(),
      async (count, pageSize, changes, hasTotal) => {
        const ever = new Set<string>();
        const gone = new Set<string>();
        const host = createHost(count, {
          pageSize,
          onList: (list, turn) => {
            for (const { place, remove, insert } of changes.filter((one) => one.turn === turn)) {
              const added = Array.from({ length: insert }, (_, number) => ({
                id: `N${turn}-${place}-${ever.size}-${number}`,
              }));
              for (const { id } of added) ever.add(id);
              for (const row of list.services.splice(place, remove, ...added))
                gone.add(String(row["id"]));
            }
          },
        });
        const began = host.services.map((row) => String(row["id"]));
        for (const id of began) ever.add(id);
        const reading = await readList(hasTotal ? host : withoutTotal(host), services);
        const ids = idsOf(reading);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(ever.has(id)).toBe(true);
        if (changes.length === 0) {
          expect(reading.complete).toBe(true);
          expect(ids).toEqual(began);
        }
        if (!reading.complete) {
          expect(reading.reason).not.toBe("");
          return;
        }
        const seen = new Set(ids);
        expect(began.filter((id) => !gone.has(id) && !seen.has(id))).toEqual([]);
      },
    ),
    { numRuns: caseCount(2000) },
  );
});

/** Some lists never tell how many rows they have. */
function withoutTotal(host: ScriptedPagerDuty): PagerDutyClient {
  return {
    ask: (path, question) => host.ask(path, question),
    get: async (path, query, signal) => {
      const answer = await host.get(path, query, signal);
      return { ...answer, body: { ...answer.body, total: null } };
    },
  };
}
