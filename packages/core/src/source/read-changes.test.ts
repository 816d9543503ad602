import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { refuse, ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import type { Incident } from "./objects.ts";
import type { Query } from "./pagerduty-client.ts";
import { type Changes, readChanges } from "./read-changes.ts";

const day = 24 * 3600 * 1000;
const now = Date.UTC(2026, 2, 1);

/** A host whose log obeys since and until, and can be refused. */
function createHost(
  entries: readonly { readonly at: number; readonly incident: string }[],
  refused?: number,
): ScriptedPagerDuty {
  const host: ScriptedPagerDuty = new ScriptedPagerDuty({
    date: now,
    onRequest: (path, query) => {
      if (path !== "/log_entries") return;
      if (refused !== undefined) throw refuse(refused, path, "No");
      const [since, until] = [timeOf(query, "since"), timeOf(query, "until")];
      host.lists = {
        log_entries: entries
          .map(({ at, incident }, place) => ({
            id: `R${place}`,
            at,
            created_at: new Date(at).toISOString(),
            incident: { id: incident },
          }))
          .filter(({ at }) => at >= since && at <= until),
      };
    },
  });
  return host;
}

function timeOf(query: Query, name: string): number {
  return Date.parse(new Map(query).get(name) ?? "");
}

function read(host: ScriptedPagerDuty, since: number): Promise<Changes> {
  const listServices = (): Promise<string[]> => Promise.resolve([]);
  return readChanges(host, { since, until: now, listServices });
}

test("readChanges() finds each incident of the log once", async () => {
  const host = createHost([
    { at: now - 5000, incident: "Q1" },
    { at: now - 4000, incident: "Q2" },
    { at: now - 3000, incident: "Q1" },
    { at: now - 2 * day, incident: "Q3" },
  ]);
  expect(await read(host, now - day)).toEqual({
    touched: new Map([
      ["Q1", now - 3000],
      ["Q2", now - 4000],
    ]),
    complete: true,
    reason: "",
  });
  expect(host.requests).toHaveLength(1);
});

test("readChanges() cuts a log of more than 10,000 entries, however uneven", async () => {
  const host = createHost(
    Array.from({ length: 25_000 }, (_, place) => ({
      at: now - (place < 15_000 ? 3600_000 + (place % 3000) * 1000 : place * 1000),
      incident: `Q${place}`,
    })),
  );
  const { touched, complete } = await read(host, now - day);
  expect(complete).toBe(true);
  expect(touched.size).toBe(25_000);
});

test("readChanges() names a second of the log that holds more than can be read", async () => {
  const entries = Array.from({ length: 10_200 }, () => ({ at: now - 60_000, incident: "Q1" }));
  const changes = await read(createHost(entries), now - day);
  expect(changes).toMatchObject({ complete: false });
  expect([...changes.touched.keys()]).toEqual(["Q1"]);
  expect(changes.reason).toContain("is incomplete");
});

const anyIncident = fc.record({
  age: fc.nat({ max: 300 }),
  /** Days after which it was resolved; none = it is open. */
  resolvedAfter: fc.option(fc.nat({ max: 300 })),
  touched: fc.option(fc.nat({ max: 300 })),
});

test.each([402, 403])(
  "readChanges() finds what is open or resolved since by itself after a %i",
  async (status) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyIncident, { maxLength: 250 }), async (cases) => {
        const host = createHost([], status);
        host.incidents = cases.map(({ age, resolvedAfter, touched }, place): Incident => {
          const created = now - (age + 1) * day;
          const ended =
            resolvedAfter === null
              ? undefined
              : Math.min(created + resolvedAfter * day, now - 1000);
          const updated = ended ?? Math.min(now - 1000, created + (touched ?? 0) * day);
          return {
            id: `Q${place}`,
            incident_number: place + 1,
            created_at: new Date(created).toISOString(),
            status: ended === undefined ? "triggered" : "resolved",
            updated_at: new Date(updated).toISOString(),
            resolved_at: ended === undefined ? null : new Date(ended).toISOString(),
          };
        });
        const since = now - 30 * day;
        const { touched, complete } = await read(host, since);
        const expected = host.incidents.filter(
          ({ updated_at }) => Date.parse(String(updated_at)) >= since,
        );
        expect(complete).toBe(true);
        expect([...touched.keys()].toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
      }),
      { numRuns: caseCount(30) },
    );
  },
);
