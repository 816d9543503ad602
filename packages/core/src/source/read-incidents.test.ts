import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { failureOf } from "../testing/failure-of.ts";
import { ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import type { Incident } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { type IncidentBatch, readIncidents, type ReadIncidentsOptions } from "./read-incidents.ts";

const second = 1000;
const day = 24 * 3600 * second;
const start = Date.UTC(2024, 0, 1);

function createIncident(number: number, created: number, fields: object = {}): Incident {
  return {
    id: `Q${number}`,
    incident_number: number,
    created_at: new Date(created).toISOString().replace(".000Z", "Z"),
    status: "resolved",
    urgency: "high",
    service: { id: `P${number % 30}` },
    ...fields,
  };
}

function createHost(times: readonly number[], options: ScriptedOptions = {}): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty(options);
  host.incidents = times.map((created, place) => createIncident(place + 1, created));
  host.services = Array.from({ length: 30 }, (_, place) => ({ id: `P${place}` }));
  return host;
}

async function readAll(
  client: PagerDutyClient,
  options: Pick<ReadIncidentsOptions, "since" | "until"> & Partial<ReadIncidentsOptions>,
): Promise<IncidentBatch[]> {
  const batches: IncidentBatch[] = [];
  const reading = readIncidents(client, {
    expected: 0,
    listServices: () => Promise.resolve([]),
    ...options,
  });
  for await (const batch of reading) batches.push(batch);
  return batches;
}

function idsOf(batches: readonly IncidentBatch[]): string[] {
  return batches.flatMap(({ incidents }) => incidents.map(({ id }) => id));
}

function inOrder(incidents: readonly Incident[]): string[] {
  return incidents
    .toSorted(
      (one, other) =>
        Date.parse(one.created_at) - Date.parse(other.created_at) ||
        one.incident_number - other.incident_number,
    )
    .map(({ id }) => id);
}

function problemsOf(batches: readonly IncidentBatch[]): string[] {
  return batches.map(({ problem }) => problem).filter((problem) => problem !== "");
}

test("readIncidents() gives every incident of a range once, in order, however windows are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        // Clusters make boundaries, ties and crowded stretches likely.
        clusters: fc.array(
          fc.record({
            at: fc.nat({ max: 400 * 24 * 3600 }),
            spread: fc.constantFrom(1, 2, 60, 86_400),
            count: fc.nat({ max: 60 }),
          }),
          { maxLength: 8 },
        ),
        since: fc.nat({ max: 100 * 24 * 3600 }),
        length: fc.nat({ max: 400 * 24 * 3600 }),
        expected: fc.nat({ max: 60_000 }),
        isUntilInclusive: fc.boolean(),
        pageSize: fc.integer({ min: 2, max: 100 }),
        hops: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 7 }),
      }),
      async ({ clusters, since, length, expected, isUntilInclusive, pageSize, hops }) => {
        const times = clusters.flatMap(({ at, spread, count }) =>
          Array.from(
            { length: count },
            (_, place) => start + (at + ((place * 7) % spread)) * second,
          ),
        );
        let turn = 0;
        const host = createHost(times, {
          isUntilInclusive,
          pageSize,
          // Answers overtake each other.
          onRequest: async () => {
            for (let hop = hops[turn++ % hops.length] ?? 0; hop > 0; hop -= 1)
              await Promise.resolve();
          },
        });
        const from = start + since * second;
        const until = from + length * second;
        const batches = await readAll(host, { since: from, until, expected });
        const wanted = host.incidents.filter(({ created_at: created }) => {
          const at = Date.parse(created);
          return at >= from && at < until;
        });
        expect(idsOf(batches)).toEqual(inOrder(wanted));
        expect(problemsOf(batches)).toEqual([]);
      },
    ),
    { numRuns: caseCount(150) },
  );
});

test.each([true, false])(
  "readIncidents() gives the incidents of a boundary second once (until inclusive: %p)",
  async (isUntilInclusive) => {
    // 9,000 within three seconds: every cut falls into them.
    const times = Array.from({ length: 9000 }, (_, place) => start + (place % 3) * second);
    const host = createHost(times, { isUntilInclusive });
    const batches = await readAll(host, { since: start, until: start + 3 * second });
    expect(idsOf(batches)).toEqual(inOrder(host.incidents));
    expect(problemsOf(batches)).toEqual([]);
  },
);

test("readIncidents() reads 12,000 incidents of one hour", async () => {
  const times = Array.from(
    { length: 12_000 },
    (_, place) => start + ((place * 17) % 3600) * second,
  );
  const host = createHost(times);
  const batches = await readAll(host, { since: start, until: start + 300 * day, expected: 12_000 });
  expect(idsOf(batches)).toEqual(inOrder(host.incidents));
  expect(problemsOf(batches)).toEqual([]);
});

test.each([true, false])(
  "readIncidents() reads 10,500 incidents of one second (until inclusive: %p)",
  async (isUntilInclusive) => {
    const times = Array.from({ length: 10_500 }, () => start + 5 * second);
    const host = createHost([start, ...times, start + 6 * second], { isUntilInclusive });
    const batches = await readAll(host, { since: start, until: start + day });
    expect(idsOf(batches)).toEqual(inOrder(host.incidents));
    expect(problemsOf(batches)).toEqual([]);
  },
);

test("readIncidents() reads more than 20,000 of one second by service and urgency, deleted services too", async () => {
  const times = Array.from({ length: 24_000 }, () => start);
  const host = createHost(times);
  // One service holds more than both ends give, and is deleted.
  host.incidents = host.incidents.map((incident, place) => ({
    ...incident,
    urgency: place % 2 === 0 ? "high" : "low",
    service: { id: place % 20 === 0 ? "P1" : "PGONE" },
  }));
  const batches = await readAll(host, {
    since: start,
    until: start + second,
    listServices: () => Promise.resolve(["P1", "P2"]),
  });
  expect(idsOf(batches)).toEqual(inOrder(host.incidents));
  expect(problemsOf(batches)).toEqual([]);
});

test("readIncidents() says how many it could not part", async () => {
  const times = Array.from({ length: 21_000 }, () => start);
  const host = createHost(times);
  host.incidents = host.incidents.map((incident) => ({ ...incident, service: { id: "P1" } }));
  const batches = await readAll(host, {
    since: start,
    until: start + second,
    listServices: () => Promise.resolve(["P1"]),
  });
  expect(idsOf(batches)).toHaveLength(20_000);
  expect(problemsOf(batches)).toEqual([
    expect.stringContaining(
      "20000 of 21000 incidents in 2024-01-01T00:00:00Z … 2024-01-01T00:00:01Z",
    ),
  ]);
});

test("readIncidents() takes in incidents that are created while it reads", async () => {
  const times = Array.from({ length: 950 }, (_, place) => start + place * second);
  let added = 0;
  const host: ScriptedPagerDuty = createHost(times, {
    onRequest: () => {
      if (added >= 3) return;
      added += 1;
      host.incidents.push(createIncident(2000 + added, start + (950 + added) * second));
    },
  });
  const batches = await readAll(host, { since: start, until: start + 1000 * second });
  expect(idsOf(batches)).toEqual(inOrder(host.incidents));
  expect(problemsOf(batches)).toEqual([]);
});

test("readIncidents() gives no batch for an empty range, and none without windows", async () => {
  const host = createHost([start]);
  expect(await readAll(host, { since: start, until: start })).toEqual([]);
  expect(host.requests).toEqual([]);
});

test("readIncidents() costs few requests on an even spread", async () => {
  const rows = 12_000;
  const times = Array.from({ length: rows }, (_, place) => start + place * 2000 * second);
  const host = createHost(times);
  const batches = await readAll(host, {
    since: start,
    until: start + rows * 2000 * second,
    expected: rows,
  });
  expect(idsOf(batches)).toHaveLength(rows);
  expect(host.requests.length).toBeLessThanOrEqual(
    1.15 * Math.ceil(rows / 100) + 3 * batches.length,
  );
});

test("readIncidents() holds a bounded number of rows ahead of its reader", async () => {
  const times = Array.from({ length: 40_000 }, (_, place) => start + place * 60 * second);
  const host = createHost(times);
  let received = 0;
  const reading = readIncidents(host, {
    since: start,
    until: start + 40_000 * 60 * second,
    expected: 40_000,
    listServices: () => Promise.resolve([]),
    onPage: (rows) => {
      received += rows;
    },
  });
  const first = await reading.next();
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  expect(first.done).toBe(false);
  expect(received).toBeLessThan(26_000);
  await reading.return();
});

test("readIncidents() passes on a failure, and ends what is under way", async () => {
  const times = Array.from({ length: 12_000 }, (_, place) => start + place * 1500 * second);
  let count = 0;
  const host = createHost(times, {
    onRequest: () => {
      count += 1;
      if (count === 30) throw new Error("PagerDuty is down");
    },
  });
  const failure = readAll(host, { since: start, until: start + 210 * day, expected: 12_000 });
  expect((await failureOf(failure)).message).toBe("PagerDuty is down");
  const sent = host.requests.length;
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  expect(host.requests).toHaveLength(sent);
});

test("readIncidents() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const host = createHost([start], {
    onRequest: () => controller.abort(new Error("stopped by hand")),
  });
  const failure = readAll(host, { since: start, until: start + day, signal: controller.signal });
  expect((await failureOf(failure)).message).toBe("stopped by hand");
});

test("readIncidents() misses none of the incidents that were there, whatever is created meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 50 * 24 * 3600 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.record({ turn: fc.nat({ max: 40 }), at: fc.nat({ max: 50 * 24 * 3600 }) }), {
        maxLength: 8,
      }),
      fc.integer({ min: 2, max: 12 }),
      fc.boolean(),
      async (seconds, created, pageSize, isUntilInclusive) => {
        let turn = 0;
        const host: ScriptedPagerDuty = createHost(
          seconds.map((at) => start + at * second),
          {
            pageSize,
            isUntilInclusive,
            onRequest: () => {
              for (const { at } of created.filter((one) => one.turn === turn)) {
                const number = host.incidents.length + 1;
                host.incidents.push(createIncident(number, start + at * second));
              }
              turn += 1;
            },
          },
        );
        const before = host.incidents.map(({ id }) => id);
        const range = { since: start, until: start + 50 * day + second };
        const batches = await readAll(host, { ...range, expected: 10_000 });
        const ids = idsOf(batches);
        expect(new Set(ids).size).toBe(ids.length);
        const emitted = batches.flatMap(({ incidents }) => incidents);
        expect(ids).toEqual(inOrder(emitted));
        if (problemsOf(batches).length > 0) return;
        const seen = new Set(ids);
        expect(before.filter((id) => !seen.has(id))).toEqual([]);
      },
    ),
    { numRuns: caseCount(300) },
  );
});
