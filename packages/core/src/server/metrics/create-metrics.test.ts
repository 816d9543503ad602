import { expect, test } from "bun:test";
import { addEvents } from "../../store/inbox.ts";
import { keepCheck } from "../../store/notes/check-note.ts";
import { rejectPlan } from "../../store/plans/decide-plan.ts";
import { rememberPlans } from "../../store/plans/remember-plans.ts";
import { endRun, type KeptEntities, startRunWhenFree } from "../../store/runs.ts";
import type { SyncReport } from "../../sync/sync-report.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { createEvent } from "../../testing/inbox-event.ts";
import type { WebhookReceipt } from "../receive-webhook.ts";
import { createMetrics } from "./create-metrics.ts";
import { testClock } from "../../testing/test-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";

const start = Date.UTC(2026, 0, 1);
const receipt: WebhookReceipt = {
  status: 202,
  outcome: "accepted",
  reason: undefined,
  eventId: "01F",
  eventType: "incident.triggered",
  key: "incidents/Q1",
  signature: "matched",
  signedBy: undefined,
  milliseconds: 2,
};

async function create() {
  const store = await openTestStore();
  const clock = new FakeClock(start);
  const readWebhook = () => ({ state: "ready" as const });
  const metrics = await createMetrics({ store, clock, readWebhook, version: "1.2.3" });
  return { store, clock, metrics };
}

/** `name{labels}` and the number behind it. */
function parse(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

const resource = { name: "a", reason: "", objects: 1, entities: 1, skipped: 0, problems: 0 };
const blueprint = {
  owned: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  refused: 0,
  left: 0,
  deleted: 0,
};
const kept = { aged: 0, recent: 0, needed: 0, waiting: 0, withheld: 0, unfed: 0 };
const report: SyncReport = {
  type: "full",
  dryRun: false,
  resources: [
    { ...resource, kind: "services", state: "complete" },
    { ...resource, kind: "incidents", state: "complete" },
    { ...resource, kind: "incidents", state: "incomplete" },
  ],
  blueprints: [
    { ...blueprint, ...kept, blueprint: "a", stubbed: 3 },
    { ...blueprint, ...kept, blueprint: "b", stubbed: 1 },
  ],
  refused: [],
  withheld: [],
  waiting: [],
  unfinished: ["incidents[2] was not read whole"],
  notices: [],
};

test("createMetrics() prints Prometheus' text: a help, a type, then its samples", async () => {
  const { metrics } = await create();
  metrics.onReceipt(receipt);
  const text = await metrics.render();
  expect(metrics.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text).toEndWith("\n");
  const typed = new Map<string, string>();
  let helped = "";
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, help] = /^# HELP (\S+) [A-Z][^.]*$/.exec(line) ?? [];
    const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (help !== undefined) helped = help;
    if (name !== "") typed.set(name, type);
    if (line.startsWith("#")) continue;
    const sample = /^(\w+)(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})? (?:[-+\d.e]+|\+Inf|NaN)$/;
    const [, sampled = ""] = sample.exec(line) ?? [line];
    expect([line, sampled.startsWith(helped)]).toEqual([line, true]);
    expect([line, typed.has(helped)]).toEqual([line, true]);
  }
  // What is counted says so, as dashboards expect it.
  for (const [name, type] of typed) {
    expect(name).toMatch(/^pagerport_[a-z_]+$/);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    if (type === "histogram") expect(name).toEndWith("_seconds");
  }
  expect(parse(text).get('pagerport_build_info{version="1.2.3"}')).toBe(1);
});

test("createMetrics() counts lost claims by what was done under them, from zero on", async () => {
  const { metrics } = await create();
  const read = async (work: string): Promise<number | undefined> =>
    parse(await metrics.render()).get(`pagerport_lost_claims_total{work="${work}"}`);
  for (const work of ["event", "page", "objects", "deletion", "run"]) {
    expect([work, await read(work)]).toEqual([work, 0]);
  }
  const lost = {
    type: "claim-lost",
    objects: 1,
    named: ["incidents/Q1"],
    milliseconds: 31_000,
  } as const;
  metrics.onEvent({ ...lost, work: "event", mayBeWritten: true });
  metrics.onEvent({ ...lost, work: "event", mayBeWritten: false });
  metrics.onEvent({ ...lost, work: "page", mayBeWritten: false });
  expect([await read("event"), await read("page"), await read("run")]).toEqual([2, 1, 0]);
});

test("createMetrics() counts webhooks by type and outcome, and keeps strangers' types together", async () => {
  const { metrics } = await create();
  metrics.onReceipt(receipt);
  metrics.onReceipt({ ...receipt, outcome: "known" });
  metrics.onReceipt(receipt);
  metrics.onReceipt({ ...receipt, outcome: "ignored", eventType: "made.up" });
  metrics.onReceipt({ ...receipt, outcome: "refused", eventType: undefined, signature: "wrong" });
  const samples = parse(await metrics.render());
  const count = (type: string, outcome: string) =>
    samples.get(`pagerport_webhooks_total{type="${type}",outcome="${outcome}"}`);
  expect(count("incident.triggered", "accepted")).toBe(2);
  expect(count("incident.triggered", "known")).toBe(1);
  expect(count("other", "ignored")).toBe(1);
  expect(count("none", "refused")).toBe(1);
  expect(samples.get('pagerport_webhook_signatures_total{result="matched"}')).toBe(4);
  expect(samples.get('pagerport_webhook_signatures_total{result="wrong"}')).toBe(1);
});

test("createMetrics() tells how long events took and waited, and what they led to", async () => {
  const { metrics, clock } = await create();
  const event = { occurredAt: undefined, attempts: 0 };
  const events = [
    { ...event, id: "1", type: "incident.triggered", receivedAt: start },
    { ...event, id: "2", type: "incident.resolved", receivedAt: start + 4000 },
  ];
  await clock.advance(4200);
  const processed = { type: "processed", key: "incidents/Q1", events, milliseconds: 300 } as const;
  metrics.onServiceEvent({
    ...processed,
    outcome: { outcome: "failed", error: "no", retryIn: 2000 },
  });
  metrics.onServiceEvent({ ...processed, outcome: { outcome: "applied" } });
  const samples = parse(await metrics.render());
  expect(samples.get("pagerport_event_processing_seconds_count")).toBe(2);
  expect(samples.get("pagerport_event_processing_seconds_sum")).toBe(0.6);
  expect(samples.get('pagerport_event_processing_seconds_bucket{le="0.25"}')).toBe(0);
  expect(samples.get('pagerport_event_delay_seconds_bucket{le="0.25"}')).toBe(1);
  expect(samples.get("pagerport_event_delay_seconds_count")).toBe(2);
  for (const outcome of ["failed", "applied"]) {
    const name = `pagerport_events_processed_total{type="incident.resolved",outcome="${outcome}"}`;
    expect(samples.get(name)).toBe(1);
  }
  const name = 'pagerport_last_success_timestamp_seconds{kind="incidents"}';
  expect(samples.get(name)).toBe((start + 4200) / 1000);
});

test("createMetrics() asks the store anew each time, and tells when it does not answer", async () => {
  const { metrics, store } = await create();
  const name = "pagerport_inbox";
  let samples = parse(await metrics.render());
  expect(samples.get(`${name}_waiting`)).toBe(0);
  expect(samples.get(`${name}_oldest_age_seconds`)).toBe(0);
  expect(samples.get("pagerport_store_persistent")).toBe(0);
  await addEvents(store.sql, [
    createEvent("1"),
    createEvent("2"),
    createEvent("3", { state: "dead" }),
  ]);
  await store.sql.run("UPDATE inbox SET received_at = received_at - 60000 WHERE id = '1'");
  const run = await startRunWhenFree(store.sql, {
    type: "full",
    owner: "a",
    clock: new FakeClock(),
  });
  await endRun(store.sql, run, { outcome: "incomplete" });
  samples = parse(await metrics.render());
  expect(samples.get(`${name}_waiting`)).toBe(2);
  expect(samples.get(`${name}_dead`)).toBe(1);
  expect(samples.get(`${name}_oldest_age_seconds`)).toBeWithin(60, 65);
  expect(samples.get("pagerport_store_reachable")).toBe(1);
  const ended = samples.get('pagerport_last_run_timestamp_seconds{type="full"}') ?? 0;
  expect(ended).toBeWithin(testClock.now() / 1000 - 5, testClock.now() / 1000 + 5);
  await store[Symbol.asyncDispose]();
  samples = parse(await metrics.render());
  expect(samples.get("pagerport_store_reachable")).toBe(0);
  expect([...samples.keys()].filter((key) => /inbox|last_run/.test(key))).toEqual([]);
});

test("createMetrics() says that a store is away that answers, and cannot be written", async () => {
  const store = await openTestStore();
  const { sql } = store;
  const readOnly = {
    ...store,
    sql: {
      dialect: sql.dialect,
      get now() {
        return sql.now;
      },
      all: (text: string, values?: readonly never[]) => sql.all(text, values),
      run: () => Promise.reject(new Error("database or disk is full")),
      transaction: <Value>(work: (inside: typeof sql) => Promise<Value>) => sql.transaction(work),
    },
  };
  const metrics = await createMetrics({
    store: readOnly,
    clock: new FakeClock(start),
    readWebhook: () => ({ state: "ready" }),
    version: "1.2.3",
  });
  expect(parse(await metrics.render()).get("pagerport_store_reachable")).toBe(0);
});

test("createMetrics() begins with 0 what alerts look at the increase of", async () => {
  const { metrics } = await create();
  const samples = parse(await metrics.render());
  const names = [
    'pagerport_webhooks_total{type="none",outcome="refused"}',
    "pagerport_false_deletions_total",
    ...["share", "reader", "empty", "team", "dependents", "guard", "control", "refused"].map(
      (reason) => `pagerport_live_deletions_withheld_total{reason="${reason}"}`,
    ),
    ...["full", "delta"].flatMap((type) =>
      ["failed", "refused", "unavailable"].map(
        (outcome) => `pagerport_resyncs_total{type="${type}",outcome="${outcome}"}`,
      ),
    ),
  ];
  expect(names.map((name) => [name, samples.get(name)])).toEqual(names.map((name) => [name, 0]));
});

test("createMetrics() counts requests, retries and waits by host", async () => {
  const { metrics } = await create();
  for (const host of ["Port", "Port", "PagerDuty"]) metrics.onEvent({ type: "request", host });
  metrics.onEvent({ type: "retry", host: "Port", reason: "503 from Port" });
  metrics.onEvent({ type: "waiting", host: "PagerDuty", milliseconds: 1500 });
  metrics.onServiceEvent({ type: "paused", host: "Port", milliseconds: 1000, error: "503" });
  const samples = parse(await metrics.render());
  expect(samples.get('pagerport_requests_total{host="Port"}')).toBe(2);
  expect(samples.get('pagerport_requests_total{host="PagerDuty"}')).toBe(1);
  expect(samples.get('pagerport_retries_total{host="Port"}')).toBe(1);
  expect(samples.get('pagerport_rate_limit_wait_seconds_total{host="PagerDuty"}')).toBe(1.5);
  expect(samples.get('pagerport_host_paused{host="Port"}')).toBe(1);
  expect(samples.get('pagerport_host_paused{host="PagerDuty"}')).toBe(0);
  metrics.onServiceEvent({ type: "resumed", host: "Port" });
  expect(parse(await metrics.render()).get('pagerport_host_paused{host="Port"}')).toBe(0);
});

test("createMetrics() tells of resyncs, their stubs and which kinds they read whole", async () => {
  const { metrics } = await create();
  const ended = { type: "run-ended", run: 1, milliseconds: 90_000 } as const;
  metrics.onServiceEvent({ ...ended, runType: "full", report, error: undefined });
  metrics.onServiceEvent({ ...ended, runType: "delta", report: undefined, error: new Error("no") });
  const samples = parse(await metrics.render());
  expect(samples.get('pagerport_resyncs_total{type="full",outcome="unfinished"}')).toBe(1);
  expect(samples.get('pagerport_resyncs_total{type="delta",outcome="failed"}')).toBe(1);
  expect(samples.get('pagerport_resync_duration_seconds_sum{type="full"}')).toBe(90);
  expect(samples.get("pagerport_stubs_total")).toBe(4);
  const kinds = [...samples.keys()].filter((key) => key.includes("last_success"));
  expect(kinds).toEqual(['pagerport_last_success_timestamp_seconds{kind="services"}']);
  expect(samples.get(kinds[0] ?? "")).toBe(start / 1000);
});

test("createMetrics() tells what the last full run kept, by blueprint and reason, whoever ran it", async () => {
  const { metrics, store } = await create();
  const endFull = async (entities: readonly KeptEntities[]): Promise<Map<string, number>> => {
    const clock = new FakeClock();
    const run = await startRunWhenFree(store.sql, { type: "full", owner: "a", clock });
    await endRun(store.sql, run, { outcome: "complete", kept: entities });
    return parse(await metrics.render());
  };
  const one = { blueprint: "service", reason: "", identifiers: [] };
  const all = [
    { ...one, brake: "share", entities: 30 },
    { ...one, brake: "team", reason: "one", entities: 2 },
    { ...one, brake: "team", reason: "other", entities: 3 },
    { ...one, brake: "waiting", entities: 4 },
  ];
  const samples = await endFull(all);
  const withheld = "pagerport_deletions_withheld";
  expect(samples.get(`${withheld}{blueprint="service",reason="share"}`)).toBe(30);
  expect(samples.get(`${withheld}{blueprint="service",reason="team"}`)).toBe(5);
  expect(samples.get('pagerport_deletions_waiting{blueprint="service"}')).toBe(4);
  // A delta looks at less.
  const clock = new FakeClock();
  const delta = await startRunWhenFree(store.sql, { type: "delta", owner: "a", clock });
  await endRun(store.sql, delta, { outcome: "complete" });
  const isTold = (key: string): boolean => /deletions_(?:withheld|waiting)\{/.test(key);
  expect([...parse(await metrics.render()).keys()].filter(isTold)).toHaveLength(3);
  expect([...(await endFull([])).keys()].filter(isTold)).toEqual([]);
  await endFull(all);
  await store[Symbol.asyncDispose]();
  expect([...parse(await metrics.render()).keys()].filter(isTold)).toEqual([]);
});

test("createMetrics() tells of nothing withheld of which a person has decided all since", async () => {
  const { metrics, store } = await create();
  const { sql } = store;
  const run = await startRunWhenFree(sql, { type: "full", owner: "a", clock: new FakeClock() });
  const entity = { blueprint: "service", identifier: "P1", why: "too many" };
  await rememberPlans(sql, {
    run: run.number,
    isJudged: () => true,
    held: [{ blueprint: "service", brake: "share", reader: "hash", entities: [entity] }],
    isUndecided: () => false,
    hasFollowed: () => false,
  });
  const one = { blueprint: "service", reason: "", entities: 1, identifiers: ["P1"] };
  const both = [
    { ...one, brake: "share" },
    { ...one, brake: "control" },
  ];
  await endRun(sql, run, { outcome: "complete", kept: both });
  const list = async (): Promise<string[]> =>
    [...parse(await metrics.render()).keys()].filter((key) => /deletions_withheld\{/.test(key));
  expect(await list()).toHaveLength(2);
  await rejectPlan(sql, { id: 1, by: "ana" });
  expect(await list()).toEqual([
    'pagerport_deletions_withheld{blueprint="service",reason="control"}',
  ]);
});

test("createMetrics() tells what the last check found, whoever checked", async () => {
  const { metrics, store } = await create();
  const drift = "pagerport_drift_entities";
  const isTold = (key: string): boolean => key.startsWith(`${drift}{`) || /last_check/.test(key);
  expect([...parse(await metrics.render()).keys()].filter(isTold)).toEqual([]);
  const one = { blueprint: "service", compared: 9, changed: 2, missing: 0, extra: 1 };
  const check = { by: "a", sample: 200, verdict: "drifted", blueprints: [one] } as const;
  await keepCheck(store.sql, check);
  const samples = parse(await metrics.render());
  expect(samples.get(`${drift}{blueprint="service",kind="changed"}`)).toBe(2);
  expect(samples.get(`${drift}{blueprint="service",kind="missing"}`)).toBe(0);
  expect(samples.get(`${drift}{blueprint="service",kind="extra"}`)).toBe(1);
  expect(samples.get("pagerport_last_check_timestamp_seconds")).toBeGreaterThan(1_000_000_000);
  await store[Symbol.asyncDispose]();
  expect([...parse(await metrics.render()).keys()].filter(isTold)).toEqual([]);
});

test("createMetrics() counts what live events withhold, false deletions and stubs", async () => {
  const { metrics } = await create();
  const processed = { type: "processed", key: "services/P1", events: [], milliseconds: 1 } as const;
  const entities = [1, 2].map((number) => ({ blueprint: "service", identifier: `P${number}` }));
  const withheld = [{ brake: "share", reason: "too many", entities }];
  metrics.onServiceEvent({ ...processed, outcome: { outcome: "withheld", withheld } });
  metrics.onServiceEvent({ ...processed, outcome: { outcome: "applied", isFalseDeletion: true } });
  metrics.onServiceEvent({ ...processed, outcome: { outcome: "deleted", stubbed: entities } });
  metrics.onServiceEvent({ ...processed, outcome: { outcome: "not-visible" } });
  const samples = parse(await metrics.render());
  expect(samples.get('pagerport_live_deletions_withheld_total{reason="share"}')).toBe(2);
  expect(samples.get("pagerport_false_deletions_total")).toBe(1);
  expect(samples.get("pagerport_stubs_total")).toBe(2);
  // What is held back is not brought up to date.
  const kinds = [...samples.keys()].filter((key) => key.includes("last_success"));
  expect(kinds).toEqual(['pagerport_last_success_timestamp_seconds{kind="services"}']);
});

test("createMetrics() keeps what two servers of one process count apart", async () => {
  const [one, other] = [await create(), await create()];
  one.metrics.onEvent({ type: "request", host: "Port" });
  const sample = 'pagerport_requests_total{host="Port"}';
  expect(parse(await one.metrics.render()).get(sample)).toBe(1);
  expect(parse(await other.metrics.render()).has(sample)).toBe(false);
});
