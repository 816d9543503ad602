import { expect, test } from "bun:test";
import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import type { Clock } from "../clock.ts";
import { NetworkError } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import type { JsonObject } from "../json.ts";
import { createMapper, type Mapper } from "../map/mapper.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { claimObjects, releaseClaim } from "../store/claims.ts";
import type { Store } from "../store/open-store.ts";
import { openStore } from "../store/open-store.ts";
import { readBlueprint } from "../store/produced.ts";
import { readPastRuns } from "../store/run-history.ts";
import { endRun, readRunHolder, startRun } from "../store/runs.ts";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { ScriptedPort } from "../testing/scripted-port.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { applyObjects } from "./apply-objects.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import type { ImportReport } from "./import-report.ts";
import { importToPort, type ImportToPortOptions } from "./import-to-port.ts";
import { openSource } from "./open-source.ts";
import { testClock } from "../testing/test-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const mapping = await parseMapping(`
resources:
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: { identifier: .id, blueprint: '"service"' } } }
  - kind: incidents
    selector: { query: "true", apiQueryParams: { date_range: all } }
    port:
      entity:
        mappings: { identifier: .id, blueprint: '"incident"', properties: { status: .status } }
`);

/** Time passes by being looked at, and nobody waits. */
function createHastyClock(onSleep: () => void = () => undefined): Clock {
  let time = now;
  return {
    now: () => (time += 1),
    sleep: async (_milliseconds, signal) => {
      onSleep();
      await new Promise((resolve) => setTimeout(resolve, 1));
      signal?.throwIfAborted();
    },
  };
}

interface WrittenEntity {
  readonly identifier: string;
  readonly properties: { readonly status?: string };
}

class Setting implements AsyncDisposable {
  readonly host = new ScriptedPagerDuty({ date: now, onAsk: () => ({ data: [] }) });
  /** Statuses that were written, by incident, in their order. */
  readonly written = new Map<string, string[]>();
  /** As Port has it; 404 where it has none. */
  integration: JsonObject | undefined;
  readonly port = new ScriptedPort((what, { body }): JsonObject | number => {
    if (what.includes("/integration/")) {
      return this.integration === undefined ? 404 : { integration: this.integration };
    }
    if (what.endsWith("/entities/search")) return { entities: [] };
    if (!what.endsWith("/entities/bulk")) return {};
    const { entities } = body as unknown as { readonly entities: readonly WrittenEntity[] };
    for (const { identifier, properties } of entities) {
      const before = this.written.get(identifier) ?? [];
      this.written.set(identifier, [...before, properties.status ?? ""]);
    }
    return { entities: entities.map((_, index) => ({ index, created: true })), errors: [] };
  });
  readonly folder = new TemporaryFolder();
  readonly events: RunEvent[] = [];
  readonly mapper: Mapper = createMapper(mapping);
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
    this.host.lists = { log_entries: [], oncalls: [] };
    this.host.services = [{ id: "P1", name: "One" }];
    for (let number = 1; number <= 5; number += 1) this.setStatus(number, "triggered");
  }

  setStatus(number: number, status: string): void {
    const others = this.host.incidents.filter((one) => one.incident_number !== number);
    const created_at = new Date(now - (10 - number) * day).toISOString().replace(".000Z", "Z");
    const incident = { id: `Q${number}`, incident_number: number, created_at, status };
    this.host.incidents = [...others, { ...incident, service: { id: "P1" } }];
  }

  /** Brings an incident to Port as an event for it does. */
  async applyLive(id: string): Promise<void> {
    const { mapper, port, host, store } = this;
    const clock = testClock;
    const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: true });
    await applyObjects({
      sql: store.sql,
      owner: "live",
      clock,
      source: openSource({ client: host, clock, cache: createMemoryCache() }),
      mapper,
      writer: new CatalogWriter({ writer, owned: new Map(), merge: true }),
      resources: mapping.resources.filter(({ kind }) => kind === "incidents"),
      kind: "incidents",
      ids: [id],
      deleteOrphans: () => Promise.resolve(),
    });
  }

  import(options: Partial<ImportToPortOptions> = {}): Promise<ImportReport> {
    return importToPort({
      pagerDuty: this.host,
      port: this.port,
      mapper: this.mapper,
      store: this.store,
      integrationIdentifier: "mine",
      owner: "import",
      files: {
        progress: this.folder.file("port-import.progress"),
        failed: this.folder.file("port-import.failed.json"),
      },
      fingerprint: { apiUrl: "", portUrl: "", kinds: "", since: "", until: "" },
      kinds: ["services", "incidents"],
      clock: createHastyClock(),
      pid: process.pid,
      countRequests: () => ({ pagerduty: 0, port: 0 }),
      onEvent: (event) => void this.events.push(event),
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mapper.close();
    await this.store[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

async function createSetting(): Promise<Setting & AsyncDisposable> {
  const folder = new TemporaryFolder();
  const store = await openStore({ stateDir: folder.path });
  return new Setting({
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  });
}

/** PagerDuty where something happens once incidents were listed, and before they are written. */
function afterListing(host: PagerDutyClient, happen: () => Promise<void>): PagerDutyClient {
  let isOver = false;
  return {
    ask: (path, question, signal) => host.ask(path, question, signal),
    async get(path, query, signal) {
      const answer = await host.get(path, query, signal);
      const isListing = path === "/incidents" && query.some(([name]) => name === "since");
      if (isListing && !isOver) {
        isOver = true;
        await happen();
      }
      return answer;
    },
  };
}

test("importToPort() never overwrites what an event has written since the run began", async () => {
  await using setting = await createSetting();
  const { host, written } = setting;
  const pagerDuty = afterListing(host, async () => {
    setting.setStatus(2, "resolved");
    await setting.applyLive("Q2");
  });
  const report = await setting.import({ pagerDuty });
  expect(report).toMatchObject({ complete: true, problems: [] });
  expect(report.kinds["incidents"]).toMatchObject({ fetched: 5, delivered: 5, failed: 0 });
  expect(written.get("Q1")).toEqual(["triggered"]);
  // The event's, and then what the import has read by itself; never the page's.
  expect(written.get("Q2")).toEqual(["resolved", "resolved"]);
});

test("importToPort() says what it could not read again, and the next one does", async () => {
  await using setting = await createSetting();
  const { host, written } = setting;
  let isDown = false;
  const listing = afterListing(host, async () => {
    await setting.applyLive("Q2");
    setting.setStatus(2, "resolved");
    isDown = true;
  });
  const pagerDuty: PagerDutyClient = {
    ...listing,
    get(path, query, signal) {
      if (!isDown || !path.endsWith("/Q2")) return listing.get(path, query, signal);
      const request = { host: "PagerDuty", method: "GET", url: path };
      return Promise.reject(new NetworkError("PagerDuty did not answer", request));
    },
  };
  const report = await setting.import({ pagerDuty });
  expect(report.complete).toBe(false);
  expect(report.problems.join()).toContain("Some of incidents could not be read again: PagerDuty");
  expect(written.get("Q2")).toEqual(["triggered"]);

  const entry = { created_at: new Date(now).toISOString(), incident: { id: "Q2" } };
  host.lists = { ...host.lists, log_entries: [{ id: "R1", type: "resolve_log_entry", ...entry }] };
  expect(await setting.import()).toMatchObject({ complete: true });
  expect(written.get("Q2")?.at(-1)).toBe("resolved");
});

test("importToPort() reads again at the end what an event is at work on", async () => {
  await using setting = await createSetting();
  const { host, store, written } = setting;
  let release: (() => Promise<void>) | undefined;
  const pagerDuty = afterListing(host, async () => {
    const { claim } = await claimObjects(store.sql, { objects: ["incidents/Q3"], owner: "live" });
    release = () => releaseClaim(store.sql, claim);
    setting.setStatus(3, "acknowledged");
  });
  // The import looks again after a while: until then the event is at work.
  const clock = createHastyClock(() => void (written.size >= 5 && release?.()));
  const report = await setting.import({ pagerDuty, clock });
  expect(report).toMatchObject({ complete: true });
  expect(written.get("Q3")).toEqual(["acknowledged"]);
});

test("importToPort() remembers what objects produce, and when they were created", async () => {
  await using setting = await createSetting();
  const { store } = setting;
  await setting.import();
  for await (const rows of readBlueprint(store.sql, "incident")) {
    expect(rows).toHaveLength(5);
    expect(rows[4]).toMatchObject({
      object: "incidents/Q5",
      resource: "incidents[1]",
      createdAt: now - 5 * day,
    });
  }
  expect(await readPastRuns(store.sql, 5)).toMatchObject([
    { type: "import", owner: "import", outcome: "complete" },
  ]);
  expect(await readRunHolder(store.sql)).toBeUndefined();
});

test("importToPort() does not fill a store that is lost with the process", async () => {
  await using setting = new Setting(await openTestStore());
  expect(await setting.import()).toMatchObject({ complete: true });
  expect(setting.written.size).toBe(6);
  expect(await Array.fromAsync(readBlueprint(setting.store.sql, "incident"))).toEqual([]);
});

test("importToPort() waits for another run, and says whose", async () => {
  await using setting = await createSetting();
  const { sql } = setting.store;
  const { run } = await startRun(sql, { type: "full", owner: "sync" });
  if (run === undefined) throw new Error("The lock is held");
  const owners: string[] = [];
  const report = await setting.import({
    onHeld: ({ owner }) => {
      owners.push(owner);
      expect(setting.written.size).toBe(0);
      void endRun(sql, run, { outcome: "complete" });
    },
  });
  expect(report.complete).toBe(true);
  expect(owners).toEqual(["sync"]);
});

test("importToPort() that is aborted leaves nothing that blocks the next", async () => {
  await using setting = await createSetting();
  const { host, store } = setting;
  const stop = new AbortController();
  const pagerDuty = afterListing(host, () => {
    stop.abort(new Error("Enough"));
    return Promise.resolve();
  });
  const report = await setting.import({ pagerDuty, signal: stop.signal });
  expect(report).toMatchObject({ complete: false, stoppedBy: { message: "Enough" } });
  expect(await readRunHolder(store.sql)).toBeUndefined();
  expect(await store.sql.all("SELECT * FROM inbox_key")).toEqual([]);
  expect(await readPastRuns(store.sql, 1)).toMatchObject([{ outcome: "failed" }]);
  expect(await setting.import()).toMatchObject({ complete: true, resumed: true });
});

test("importToPort() tells of a run that Port knows of and the store does not", async () => {
  await using setting = await createSetting();
  const { events } = setting;
  const resyncState = { status: "running", lastResyncStart: new Date(now).toISOString() };
  setting.integration = { identifier: "mine", resyncState };
  expect(await setting.import()).toMatchObject({ complete: true });
  const notices = events.flatMap((event) => (event.type === "notice" ? event.message : []));
  expect(notices.join()).toContain("Neither sees what the other writes: another resync of");
});
