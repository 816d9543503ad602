import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { NetworkError } from "../errors.ts";
import type { KindName } from "../source/kinds.ts";
import type { Enrichment } from "../source/listing-plan.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import { createRunLists } from "../source/run-lists.ts";
import type { Enriched, Enricher } from "../source/enricher.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { refuse, ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import { createEnricher } from "./create-enricher.ts";
import { createMemoryCache, type EnrichmentCache } from "./enrichment-cache.ts";

const now = Date.UTC(2026, 3, 1);
const custom: Enrichment = { key: "__custom_fields" };

function createHost(options: ScriptedOptions = {}): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty(options);
  host.lists = { oncalls: [], users: [] };
  return host;
}

function open(host: ScriptedPagerDuty, cache: EnrichmentCache = createMemoryCache()): Enricher {
  const clock = new FakeClock(now);
  return createEnricher({ client: host, clock, lists: createRunLists(host), cache });
}

function enrich(
  enricher: Enricher,
  kind: KindName,
  objects: readonly PagerDutyObject[],
  ...wanted: Enrichment[]
): Promise<Enriched> {
  return enricher.enrich(kind, objects, wanted);
}

const oncalls = [
  { escalation_policy: { id: "P1" }, user: { id: "U1", email: "one@example.com" } },
  { escalation_policy: { id: "P1" }, user: { id: "U2", email: "two@example.com" } },
  { escalation_policy: { id: "P2" }, user: { id: "U3", email: "three@example.com" } },
];

test("enrich() adds on-calls of a policy to its services and to itself, asking once", async () => {
  const host = createHost();
  host.lists["oncalls"] = oncalls;
  const enricher = open(host);
  const services = [
    { id: "S1", escalation_policy: { id: "P1" } },
    { id: "S2", escalation_policy: { id: "P2" } },
    { id: "S3", escalation_policy: { id: "P1" } },
    { id: "S4", escalation_policy: null },
  ];
  const first = await enrich(enricher, "services", services, { key: "__oncall_user" });
  expect(first.objects.map((object) => object["__oncall_user"])).toEqual([
    oncalls.slice(0, 2),
    oncalls.slice(2),
    oncalls.slice(0, 2),
    [],
  ]);
  const policies = [{ id: "P1" }, { id: "P3" }];
  const second = await enrich(enricher, "escalation_policies", policies, { key: "__oncall_users" });
  expect(second.objects).toEqual([
    { id: "P1", __oncall_users: oncalls.slice(0, 2) },
    { id: "P3", __oncall_users: [] },
  ]);
  // Two requests, the second about the one policy that was not known.
  expect(
    host.requests.map(({ query }) => query.filter(([name]) => name.startsWith("esc"))),
  ).toEqual([
    [
      ["escalation_policy_ids[]", "P1"],
      ["escalation_policy_ids[]", "P2"],
    ],
    [["escalation_policy_ids[]", "P3"]],
  ]);
});

test("enrich() asks about a policy once where services and policies are read at the same time", async () => {
  const host = createHost();
  host.lists["oncalls"] = oncalls;
  const enricher = open(host);
  const services = [{ id: "S1", escalation_policy: { id: "P1" } }];
  const policies = [{ id: "P1" }, { id: "P2" }];
  const [ofServices, ofPolicies] = await Promise.all([
    enrich(enricher, "services", services, { key: "__oncall_user" }),
    enrich(enricher, "escalation_policies", policies, { key: "__oncall_users" }),
  ]);
  expect(ofServices.objects[0]?.["__oncall_user"]).toEqual(oncalls.slice(0, 2));
  expect(ofPolicies.objects.map((object) => object["__oncall_users"])).toEqual([
    oncalls.slice(0, 2),
    oncalls.slice(2),
  ]);
  expect(
    host.requests.map(({ query }) => query.filter(([name]) => name.startsWith("esc"))),
  ).toEqual([[["escalation_policy_ids[]", "P1"]], [["escalation_policy_ids[]", "P2"]]]);
});

test("enrich() adds figures to services with one question, null where there are none", async () => {
  const figures = { service_id: "S7", mean_seconds_to_resolve: 3 };
  const host = createHost({ onAsk: () => ({ data: [figures] }) });
  const services = Array.from({ length: 300 }, (_, place) => ({ id: `S${place}` }));
  const { objects } = await enrich(open(host), "services", services, {
    key: "__analytics",
    months: 12,
  });
  expect(objects[7]).toEqual({ id: "S7", __analytics: figures });
  expect(objects[8]).toEqual({ id: "S8", __analytics: null });
  expect(host.questions).toEqual([
    {
      path: "/analytics/metrics/incidents/services",
      question: {
        filters: {
          service_ids: services.map(({ id }) => id),
          created_at_start: "2025-04-06T00:00:00Z",
          created_at_end: "2026-04-01T00:00:00Z",
        },
        time_zone: "Etc/UTC",
      },
    },
  ]);
});

test("enrich() asks about 100 services at a time where more are a bad request", async () => {
  const sizes: number[] = [];
  const host = createHost({
    onAsk: (path, { filters }) => {
      const ids = Object.values(filters ?? {})[0];
      const size = Array.isArray(ids) ? ids.length : 0;
      sizes.push(size);
      if (size > 100) throw refuse(400, path, "Too many");
      return { data: [] };
    },
  });
  const enricher = open(host);
  const services = Array.from({ length: 250 }, (_, place) => ({ id: `S${place}` }));
  const { unavailable } = await enrich(enricher, "services", services, { key: "__analytics" });
  await enrich(enricher, "services", services.slice(0, 120), { key: "__analytics" });
  expect(unavailable.size).toBe(0);
  expect(sizes).toEqual([250, 100, 100, 50, 100, 20]);
});

interface RawRow {
  readonly id: string;
  readonly created: number;
  readonly service: string;
}

/** Answers as analytics does: bounds, services, order, marks and a largest page. */
function answerRaw(
  rows: readonly RawRow[],
  question: Record<string, unknown>,
  pageSize: number,
): Record<string, unknown> {
  const filters = Object.fromEntries(Object.entries(question["filters"] ?? {}));
  const services: unknown = filters["service_ids"];
  const matching = rows
    .filter(
      ({ created, service }) =>
        created >= Date.parse(String(filters["created_at_start"])) &&
        created < Date.parse(String(filters["created_at_end"])) &&
        Array.isArray(services) &&
        services.includes(service),
    )
    .toSorted((one, other) => one.created - other.created || one.id.localeCompare(other.id));
  const after = matching.findIndex(({ id }) => id === question["starting_after"]);
  const page = matching.slice(after + 1, after + 1 + pageSize);
  return {
    data: page.map(({ id, created }) => ({
      id,
      // Without its zone, as analytics has it at times.
      created_at: new Date(created).toISOString().slice(0, 19),
    })),
    more: after + 1 + pageSize < matching.length,
    last: page.at(-1)?.id,
  };
}

test("enrich() finds the figures of every incident, with no more questions than pages or incidents", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          at: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 1_000_000 })),
          service: fc.constantFrom("S1", "S2"),
          isWanted: fc.boolean(),
          isKnown: fc.boolean(),
        }),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 20 }),
      async (cases, pageSize) => {
        const all = cases.map((one, place) => ({
          ...one,
          id: `Q${place}`,
          created: now + one.at * 1000,
        }));
        const rows = all.filter(({ isKnown }) => isKnown);
        const host = createHost({ onAsk: (_, question) => answerRaw(rows, question, pageSize) });
        const wanted = all.filter(({ isWanted }) => isWanted);
        const incidents = wanted.map(({ id, created, service }) => ({
          id,
          created_at: new Date(created).toISOString(),
          service: { id: service },
        }));
        const { objects } = await enrich(open(host), "incidents", incidents, {
          key: "__analytics",
        });
        expect(objects.map((object) => object["__analytics"] !== null)).toEqual(
          wanted.map(({ isKnown }) => isKnown),
        );
        const pages = Math.ceil(rows.length / pageSize);
        // Each walk to another second may meet once more the rows of the second around it.
        expect(host.questions.length).toBeLessThanOrEqual(Math.max(1, pages) + wanted.length);
      },
    ),
    { numRuns: caseCount(200) },
  );
});

test("enrich() walks from one incident to the next where they are years apart", async () => {
  const hour = 3600_000;
  const rows = Array.from({ length: 20_000 }, (_, place) => ({
    id: `Q${place}`,
    created: now - place * hour,
    service: "S1",
  }));
  const host = createHost({ onAsk: (_, question) => answerRaw(rows, question, 1000) });
  const incidents = [0, 9000, 19_000].map((place) => ({
    id: `Q${place}`,
    created_at: new Date(now - place * hour).toISOString(),
    service: { id: "S1" },
  }));
  const { objects } = await enrich(open(host), "incidents", incidents, { key: "__analytics" });
  expect(objects.map((object) => object["__analytics"])).toEqual(
    incidents.map(({ id }) => expect.objectContaining({ id })),
  );
  expect(host.questions).toHaveLength(3);
});

test("enrich() asks for custom fields again only where an object has changed", async () => {
  const host = createHost();
  const values = [{ id: "F1", name: "tier", value: "gold" }];
  host.answers = { "/services/S1/custom_fields/values": { custom_fields: values } };
  const cache = createMemoryCache();
  const services = [
    { id: "S1", updated_at: "2026-01-01T00:00:00Z" },
    { id: "S2", updated_at: "2026-01-01T00:00:00Z" },
    { id: "S3" },
  ];
  const first = await enrich(open(host, cache), "services", services, custom);
  expect(first.objects.map((object) => object["__custom_fields"])).toEqual([values, [], []]);
  expect(host.requests).toHaveLength(3);

  const later = services.with(1, { id: "S2", updated_at: "2026-01-02T00:00:00Z" });
  const second = await enrich(open(host, cache), "services", later, custom);
  expect(second.objects.map((object) => object["__custom_fields"])).toEqual([values, [], []]);
  // The changed one, and the one that does not tell when it changed.
  expect(new Set(host.requests.slice(3).map(({ path }) => path))).toEqual(
    new Set(["/services/S2/custom_fields/values", "/services/S3/custom_fields/values"]),
  );

  // An event may tell of a change that the object itself does not show.
  const [service] = services;
  if (service === undefined) throw new Error("No service");
  await open(host, cache).enrich("services", [service], [custom], { mayReuse: false });
  expect(host.requests).toHaveLength(6);
});

test.each([
  [402, 1],
  [403, 1],
  [429, 3],
  [500, 3],
])(
  "enrich() that is refused with %i asks %i times in a run, leaves its key out and adds the rest",
  async (status, times) => {
    let asked = 0;
    const host = createHost({
      onAsk: (path) => {
        asked += 1;
        throw refuse(status, path, "No");
      },
    });
    const enricher = open(host);
    const wanted: Enrichment[] = [{ key: "__analytics" }, { key: "__oncall_user" }];
    for (const id of ["S1", "S2", "S3", "S4"]) {
      const { objects, unavailable } = await enricher.enrich("services", [{ id }], wanted);
      expect(objects).toEqual([{ id, __oncall_user: [] }]);
      expect([...unavailable.keys()]).toEqual(["__analytics"]);
      expect(unavailable.get("__analytics")).toContain(String(status));
    }
    expect(asked).toBe(times);
  },
);

test("enrich() of a page that fails once is tried again with the next page", async () => {
  let asked = 0;
  const host = createHost({
    onAsk: (path) => {
      asked += 1;
      if (asked % 2 === 1) throw refuse(500, path, "No");
      return { data: [] };
    },
  });
  const enricher = open(host);
  const states = [];
  for (let page = 0; page < 8; page += 1) {
    const { unavailable } = await enrich(enricher, "services", [{ id: "S1" }], {
      key: "__analytics",
    });
    states.push(unavailable.size);
  }
  expect(states).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
});

const listIncidents = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ id: `Q${place}`, updated_at: "2026-01-01" }));

test.each([[402], [403], [400], [500]])(
  "enrich() of one object's custom fields that are refused with %i leaves out that object alone",
  async (status) => {
    const host = createHost({
      onRequest: (path) => {
        if (path.startsWith("/incidents/Q40/")) throw refuse(status, path, "No");
      },
    });
    const incidents = listIncidents(60);
    const { objects, unavailable, lacking } = await enrich(
      open(host),
      "incidents",
      incidents,
      custom,
    );
    const without = objects.flatMap((object, place) =>
      "__custom_fields" in object ? [] : [place],
    );
    expect(without).toEqual([40]);
    expect(unavailable.size).toBe(0);
    expect([...lacking.keys()]).toEqual([40]);
    expect(lacking.get(40)?.get("__custom_fields")).toContain("/incidents/Q40/");
    expect(host.requests).toHaveLength(60);
  },
);

test("enrich() of custom fields that are refused to one kind asks for no more of it, and for those of others", async () => {
  const host = createHost({
    onRequest: (path) => {
      if (path.startsWith("/incidents/")) throw refuse(403, path, "No");
    },
  });
  const enricher = open(host);
  const first = await enrich(enricher, "incidents", listIncidents(3), custom);
  expect(first.lacking.size).toBe(3);
  const second = await enrich(enricher, "incidents", listIncidents(60), custom);
  expect(second.lacking.size).toBe(60);
  expect(host.requests).toHaveLength(5);
  const services = await enrich(enricher, "services", [{ id: "S1" }], custom);
  expect(services.objects).toEqual([{ id: "S1", __custom_fields: [] }]);
  expect(services.lacking.size).toBe(0);
  await enrich(enricher, "incidents", listIncidents(60), custom);
  expect(host.requests).toHaveLength(6);
});

test("enrich() uses what was read before a kind was refused, and what earlier runs read", async () => {
  let isRefused = false;
  const host = createHost({
    onRequest: (path) => {
      if (isRefused) throw refuse(403, path, "No");
    },
  });
  const cache = createMemoryCache();
  const incidents = listIncidents(60);
  await enrich(open(host, cache), "incidents", incidents.slice(0, 40), custom);
  isRefused = true;
  const options = { client: host, clock: new FakeClock(now), lists: createRunLists(host), cache };
  const enricher = createEnricher({ ...options, refreshes: true });
  const { objects, lacking } = await enrich(enricher, "incidents", incidents, custom);
  // Those that were asked again for their turn and refused lack it in this run; the rest is what it was.
  expect(objects.filter((object) => "__custom_fields" in object).length).toBe(60 - lacking.size);
  expect(lacking.size).toBeLessThan(60);
});

test.each([
  ["a run that refreshes asks for all of a few again", 150, true, 150],
  ["a run that refreshes asks for 200 of more", 1200, true, 200],
  ["a run that refreshes asks for a tenth of many", 3000, true, 300],
  ["a delta asks for none", 150, false, 0],
])(
  "enrich() of custom fields of objects that have not changed: %s",
  async (_name, count, refreshes, expected) => {
    const host = createHost();
    const cache = createMemoryCache();
    const incidents = listIncidents(count);
    await enrich(open(host, cache), "incidents", incidents, custom);
    const seen = new Set<string>();
    for (let run = 0; run < 3; run += 1) {
      const before = host.requests.length;
      const lists = createRunLists(host);
      const clock = new FakeClock(now);
      const enricher = createEnricher({ client: host, clock, lists, cache, refreshes });
      await enrich(enricher, "incidents", incidents, custom);
      const asked = host.requests.slice(before).map(({ path }) => path);
      expect(asked).toHaveLength(expected);
      for (const path of asked) seen.add(path);
    }
    // In turns: none twice before all were asked once.
    expect(seen.size).toBe(Math.min(count, expected * 3));
  },
);

test("enrich() without the right to read users leaves addresses out", async () => {
  const host = createHost({
    onRequest: (path) => {
      if (path === "/users") throw refuse(403, path, "No");
    },
  });
  const schedule = { id: "D1", users: [{ id: "U1" }] };
  const enricher = open(host);
  const email: Enrichment = { key: "__email" };
  const { objects, unavailable } = await enrich(enricher, "schedules", [schedule], email);
  await enrich(enricher, "schedules", [schedule], email);
  expect(objects).toEqual([schedule]);
  expect([...unavailable.keys()]).toEqual(["__email"]);
  expect(host.requests).toHaveLength(1);
});

test("enrich() throws where the token is refused or PagerDuty does not answer", async () => {
  const refused = createHost({
    onAsk: (path) => {
      throw refuse(401, path, "No");
    },
  });
  const analytics: Enrichment = { key: "__analytics" };
  const error = await failureOf(enrich(open(refused), "services", [{ id: "S1" }], analytics));
  expect(error).toMatchObject({ status: 401 });
  const silent = createHost({
    onAsk: (url) => {
      throw new NetworkError("No answer", { host: "PagerDuty", method: "POST", url });
    },
  });
  const failure = await failureOf(enrich(open(silent), "services", [{ id: "S1" }], analytics));
  expect(failure).toBeInstanceOf(NetworkError);
});
