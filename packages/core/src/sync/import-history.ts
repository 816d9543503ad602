import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { describeError, HttpError } from "../errors.ts";
import { createEmitter, type EventListener } from "../events.ts";
import { createIncidentPayload, createServicePayload } from "../map/history-payload.ts";
import { mostPostsInFlight } from "../sink/connect-ingest.ts";
import type { Delivery, Outcome, PayloadSink } from "../sink/sink.ts";
import { countIncidents } from "../source/count-incidents.ts";
import { findHistory, formatTime } from "../source/incident-list.ts";
import type { IdentifiedObject, Incident } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { readIncidents } from "../source/read-incidents.ts";
import { readIncidentsById } from "../source/read-incidents-by-id.ts";
import { readServices } from "../source/read-services.ts";
import type { ImportFingerprint, ImportRun } from "../store/import-state.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import { readFailedFile, type RefusedDelivery, writeFailedFile } from "./failed-file.ts";
import { checkAccount, rememberAccount } from "./import-account.ts";
import {
  type ImportFiles,
  type ImportItem,
  ImportJournal,
  type ImportMark,
  type LineOutput,
  overlapBetweenRuns,
  type StartOver,
} from "./import-journal.ts";
import type { ImportReport } from "./import-report.ts";

const second = 1000;

/** The kinds that an import knows, in the order in which they are delivered. */
export type ImportKind = "services" | "incidents";

export interface ImportHistoryOptions {
  readonly pagerDuty: PagerDutyClient;
  /** Where each payload is posted; none = only the file is written. */
  readonly sink?: PayloadSink | undefined;
  readonly files: ImportFiles;
  /** Takes the lines instead of the output file (stdout); such an import cannot be resumed. */
  readonly stream?: LineOutput | undefined;
  readonly fingerprint: ImportFingerprint;
  readonly kinds: readonly ImportKind[];
  /** Incidents created from here on, inclusive, in milliseconds; the first one ever where not given. */
  readonly since?: number | undefined;
  /** Up to here, exclusive; the start of the run where not given. */
  readonly until?: number | undefined;
  /** Starts over instead of going on. */
  readonly fresh?: StartOver;
  readonly clock: Clock;
  readonly pid: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
  /** Requests sent so far, for the report. */
  readonly countRequests: () => ImportReport["requests"];
}

/**
 * Reads every service and every incident that PagerDuty has, posts each and writes each as a line, and
 * goes on where an earlier run of the same import stopped. A finished import sends what is new since:
 * services and incidents not sent yet, and incidents that were open and have changed.
 *
 * @throws {ConfigError} when the files belong to another import, or another process has them
 * @throws {FileError} when they cannot be used at all
 */
export async function importHistory(options: ImportHistoryOptions): Promise<ImportReport> {
  const startedAt = options.clock.now();
  const { files, stream, fingerprint, fresh = false, pid, clock } = options;
  const journal = await ImportJournal.open({ files, stream, fingerprint, fresh, pid, clock });
  const history = new HistoryImport(options, journal);
  let stoppedBy: unknown;
  try {
    await history.run();
  } catch (error) {
    stoppedBy = error;
  } finally {
    await journal[Symbol.asyncDispose]();
  }
  const problems = history.problems;
  if (stoppedBy !== undefined) problems.push(describeError(stoppedBy));
  const kinds = history.countKinds();
  const failed = Object.values(kinds).some((count) => count.failed > 0);
  return {
    complete: stoppedBy === undefined && problems.length === 0 && !failed,
    resumed: history.isResumed,
    kinds,
    requests: options.countRequests(),
    durationMs: clock.now() - startedAt,
    problems,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

/** One process's share of an import, phase by phase. */
class HistoryImport {
  readonly problems: string[] = [];
  isResumed = false;
  readonly #options: ImportHistoryOptions;
  readonly #journal: ImportJournal;
  readonly #emit: EventListener;
  /** Aborted when a delivery failed for good: what is still being read is in vain. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #run: ImportRun | undefined;
  /** Kinds that the token may not read, or the plan does not have: they fail alone. */
  readonly #refusedKinds = new Set<ImportKind>();
  #serviceIds: readonly string[] | undefined;
  /** Objects that Port refused before, and has refused again, by {@link keyOf}. */
  #stillRefused: ReadonlySet<string> = new Set();

  constructor(options: ImportHistoryOptions, journal: ImportJournal) {
    this.#signal =
      options.signal === undefined
        ? this.#stop.signal
        : AbortSignal.any([options.signal, this.#stop.signal]);
    this.#options = options;
    this.#journal = journal;
    this.#emit = createEmitter(options.onEvent);
  }

  async run(): Promise<void> {
    const { pagerDuty, kinds } = this.#options;
    const signal = this.#signal;
    const { state } = this.#journal;
    await checkAccount(state, pagerDuty, signal);
    const run = await this.#prepareRun();
    this.#run = run;
    this.problems.push(...run.problems);
    await this.#retryRefused(run);

    try {
      if (run.phase === "services") {
        await this.#ifAllowed("services", () => this.#deliver(run, this.#services(run)));
        await this.#enter(run, "incidents");
      }
      if (run.phase === "incidents") {
        await this.#ifAllowed("incidents", () => this.#deliver(run, this.#incidents(run)));
        // The next run, with a better token, goes on with them.
        if (this.#refusedKinds.has("incidents")) return;
        await this.#ifAllowed("incidents", () => this.#compareCount(run));
        await this.#enter(run, "changes");
      }
      if (kinds.includes("incidents")) await this.#deliver(run, this.#changedIncidents(run));
      await this.#enter(run, "done");
    } finally {
      // Whatever was answered counts, however the run ends.
      await this.#journal.save(run);
    }
  }

  countKinds(): ImportReport["kinds"] {
    const kinds = this.#options.kinds.map((kind) => {
      const counts = this.#run?.counts[kind] ?? { fetched: 0, delivered: 0, failed: 0 };
      return [kind, counts] as const;
    });
    return Object.fromEntries(kinds);
  }

  /** The run to go on with, or the next one: its range of incidents is fixed here. */
  async #prepareRun(): Promise<ImportRun> {
    const { pagerDuty, clock, since, until } = this.#options;
    const signal = this.#signal;
    const { state } = this.#journal;
    const previous = state.run;
    if (previous !== undefined && previous.phase !== "done") {
      this.isResumed = true;
      this.#tellPlan(previous);
      return previous;
    }

    const history = await this.#ifAllowed("incidents", () => findHistory(pagerDuty, signal));
    if (history?.firstIncident !== undefined) {
      rememberAccount(state, "incidents", [history.firstIncident.id]);
    }
    // One second more, so that incidents of this very second are in.
    const now = Math.floor((history?.date ?? clock.now()) / second) * second + second;
    const end = Math.min(until ?? now, now);
    // Without a first incident there is nothing before this moment; where nobody may look, who knows.
    const first = history === undefined ? 0 : (history.start ?? end);
    const start = Math.max(since ?? 0, first);
    const unread = previous?.readAgainFrom ?? Infinity;
    const from =
      previous === undefined
        ? start
        : Math.max(start, Math.min(previous.until - overlapBetweenRuns, unread));
    const isWhole = previous === undefined && since === undefined && until === undefined;
    let expected = 0;
    if (history !== undefined && history.start !== undefined && from < end) {
      expected = isWhole
        ? history.count
        : await countIncidents(pagerDuty, { since: from, until: end }, signal);
    }
    const run: ImportRun = {
      number: (previous?.number ?? 0) + 1,
      phase: "services",
      since: from,
      until: Math.max(end, from),
      position: from,
      expected,
      outputLength: previous?.outputLength ?? 0,
      counts: {
        services: { fetched: 0, delivered: 0, failed: 0 },
        incidents: { fetched: 0, delivered: 0, failed: 0 },
      },
      problems: [],
    };
    if (previous !== undefined) {
      this.#emit({
        type: "notice",
        message: `This import was finished up to ${formatTime(previous.until)}: sending what is new or changed since. Use --fresh to start over.`,
      });
    }
    this.#tellPlan(run);
    return run;
  }

  #tellPlan(run: ImportRun): void {
    const { fetched } = run.counts.incidents;
    if (this.#options.kinds.includes("incidents")) {
      this.#emit({ type: "planned", kind: "incidents", objects: Math.max(run.expected, fetched) });
    }
    for (const kind of this.#options.kinds) {
      this.#emit({ type: "written", kind, objects: run.counts[kind].fetched });
    }
  }

  /** Posts what Port refused in earlier runs, before anything else. */
  async #retryRefused(run: ImportRun): Promise<void> {
    const { files, stream } = this.#options;
    if (stream !== undefined) return;
    const refused = await readFailedFile(files.failed);
    if (refused.length === 0) return;
    const remaining = new Map(refused.map((delivery) => [keyOf(delivery), delivery]));
    const kinds = ["services", "incidents"] as const;
    try {
      // As in the import itself: no incident before the last service was answered.
      for (const kind of kinds) {
        await this.#postAgain(
          refused.filter((delivery) => delivery.kind === kind),
          remaining,
          run,
        );
      }
    } finally {
      // What was accepted is not posted again, however this ends.
      await writeFailedFile(files.failed, [...remaining.values()]);
    }
    this.#stillRefused = new Set(remaining.keys());
    for (const kind of kinds) {
      run.counts[kind].failed = [...remaining.values()].filter(
        (delivery) => delivery.kind === kind,
      ).length;
    }
    await this.#journal.save(run);
  }

  async #postAgain(
    refused: readonly RefusedDelivery[],
    remaining: Map<string, RefusedDelivery>,
    run: ImportRun,
  ): Promise<void> {
    await deliverInOrder(inTurn(refused), {
      mostInFlight: mostPostsInFlight,
      send: (delivery: RefusedDelivery) => this.#post(delivery),
      onSettled: (delivery, outcome) => {
        if (outcome?.accepted === false) {
          const { status, reason } = outcome;
          remaining.set(keyOf(delivery), { ...delivery, status, reason });
        } else {
          remaining.delete(keyOf(delivery));
          run.counts[delivery.kind].delivered += 1;
        }
      },
      onFailure: (error) => this.#stop.abort(error),
      onPause: () => Promise.resolve(),
    });
  }

  async #enter(run: ImportRun, phase: ImportRun["phase"]): Promise<void> {
    run.phase = phase;
    await this.#journal.save(run);
  }

  /** Does the work of one kind, unless PagerDuty refuses that kind; the last one refused ends the run. */
  async #ifAllowed<Result>(
    kind: ImportKind,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.#options.kinds.includes(kind) || this.#refusedKinds.has(kind)) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HttpError) || error.host !== "PagerDuty") throw error;
      if (error.status !== 402 && error.status !== 403) throw error;
      this.#refusedKinds.add(kind);
      if (this.#refusedKinds.size === this.#options.kinds.length) throw error;
      this.#addProblem(`${kind} could not be read: ${error.message}`);
      return undefined;
    }
  }

  async #deliver(run: ImportRun, items: AsyncIterable<ImportItem | ImportMark>): Promise<void> {
    await deliverInOrder(items, {
      mostInFlight: mostPostsInFlight,
      send: (item): Promise<Outcome> | undefined =>
        "delivery" in item ? this.#post(item.delivery) : undefined,
      onSettled: (item, outcome) => {
        this.#journal.settle(run, item, outcome);
        if (!("delivery" in item)) return;
        this.#emit({ type: "written", kind: item.delivery.kind, objects: 1 });
        if (outcome?.accepted !== false) return;
        this.#emit({
          type: "problem",
          message: `Port refused ${item.delivery.kind}/${item.delivery.id} with ${outcome.status}: ${outcome.reason}`,
        });
      },
      onFailure: (error) => this.#stop.abort(error),
      onPause: () => this.#journal.saveIfDue(run),
    });
  }

  async #post(delivery: ImportItem["delivery"]): Promise<Outcome> {
    this.#signal.throwIfAborted();
    const { sink } = this.#options;
    return sink === undefined ? { accepted: true } : sink.deliver(delivery, this.#signal);
  }

  async *#services(run: ImportRun): AsyncGenerator<ImportItem, void> {
    const { pagerDuty } = this.#options;
    const signal = this.#signal;
    const sent = this.#journal.state.sentServices();
    const reading = await readServices(pagerDuty, {
      signal,
      onPage: (rows) => this.#emit({ type: "page", kind: "services", rows }),
    });
    if (!reading.complete) {
      this.#addProblem(`Services are incomplete: ${reading.reason}. The next run asks again`, run);
    }
    this.#serviceIds = reading.rows.map((service) => service.id);
    rememberAccount(this.#journal.state, "services", this.#serviceIds);

    const wanted = reading.rows.filter((service) => !sent.has(service.id));
    this.#emit({
      type: "planned",
      kind: "services",
      objects: wanted.length + run.counts.services.fetched,
    });
    for (const service of wanted) yield createServiceItem(service);
  }

  async *#incidents(run: ImportRun): AsyncGenerator<ImportItem | ImportMark, void> {
    const { pagerDuty } = this.#options;
    const signal = this.#signal;
    // Those of the second at which the run stands, and those of the last minutes of the run before.
    const sent = this.#journal.state.sentIncidentsSince(run.position);
    const batches = readIncidents(pagerDuty, {
      since: run.position,
      until: run.until,
      expected: Math.max(0, run.expected - run.counts.incidents.fetched),
      listServices: () => this.#listServices(),
      trim: compactIncident,
      signal,
      onPage: (rows) => this.#emit({ type: "page", kind: "incidents", rows }),
    });
    for await (const { window, incidents, problem } of batches) {
      if (problem !== "") {
        this.#addProblem(`${problem}. The next run reads from there again`, run);
        run.readAgainFrom = Math.min(run.readAgainFrom ?? Infinity, window.since);
      }
      if (window.since === run.since) {
        rememberAccount(
          this.#journal.state,
          "incidents",
          incidents.map((incident) => incident.id),
        );
      }
      for (const incident of incidents) {
        if (!sent.has(incident.id)) yield createIncidentItem(incident);
      }
      this.#emit({
        type: "window",
        since: formatTime(window.since),
        until: formatTime(window.until),
        rows: incidents.length,
      });
      yield { position: window.until };
    }
  }

  /** A first import of everything must have found as many incidents as PagerDuty counts. */
  async #compareCount(run: ImportRun): Promise<void> {
    const { pagerDuty, since, until } = this.#options;
    const signal = this.#signal;
    const { fetched } = run.counts.incidents;
    const isWhole = run.number === 1 && since === undefined && until === undefined;
    if (!isWhole || run.problems.length > 0 || fetched >= run.expected) return;
    // The count at the start was higher: is it still, without what is too new for this run?
    const history = await findHistory(pagerDuty, signal);
    const now = history.date ?? this.#options.clock.now();
    const newer = await countIncidents(
      pagerDuty,
      { since: run.until, until: now + second },
      signal,
    );
    if (history.count - newer <= fetched) return;
    run.readAgainFrom = Math.min(run.since, history.start ?? run.since);
    this.#addProblem(
      `PagerDuty counts ${history.count - newer} incidents, but its time windows hold ${fetched}. The next run reads all again`,
      run,
    );
  }

  /** Incidents that were open when an earlier run sent them, where their payload is another now. */
  async *#changedIncidents(run: ImportRun): AsyncGenerator<ImportItem, void> {
    const { pagerDuty } = this.#options;
    const signal = this.#signal;
    const open = this.#journal.state.openIncidentsBefore(run.number);
    const digests = new Map(open.map(({ id, digest }) => [id, digest]));
    for await (const incident of readIncidentsById(pagerDuty, [...digests.keys()], signal)) {
      const item = createIncidentItem(compactIncident(incident));
      if (item.sent.digest === digests.get(incident.id)) continue;
      // Posted again by a later run, the old payload would undo this one.
      if (this.#stillRefused.has(keyOf(item.delivery))) {
        await this.#journal.forgetRefused(run, item.delivery);
      }
      yield { ...item, sent: { ...item.sent, wasOpen: true } };
    }
  }

  async #listServices(): Promise<readonly string[]> {
    if (this.#serviceIds === undefined) {
      const { pagerDuty } = this.#options;
      const signal = this.#signal;
      const reading = await readServices(pagerDuty, { signal });
      this.#serviceIds = reading.rows.map((service) => service.id);
    }
    return this.#serviceIds;
  }

  /** Tells of a problem; one that a run cannot mend by going on is kept with that run. */
  #addProblem(problem: string, run?: ImportRun): void {
    run?.problems.push(problem);
    this.problems.push(problem);
    this.#emit({ type: "problem", message: problem });
  }
}

async function* inTurn<Item>(items: readonly Item[]): AsyncGenerator<Item, void> {
  yield* items;
}

function keyOf({ kind, id }: Delivery): string {
  return `${kind}/${id}`;
}

function createServiceItem(service: IdentifiedObject): ImportItem {
  const { id } = service;
  const line = JSON.stringify(createServicePayload(service));
  return {
    delivery: { id, kind: "services", line },
    sent: { kind: "services", id, created: 0, isOpen: false, digest: "" },
  };
}

/**
 * An incident as it waits for its turn: its payload is written at once, because thousands of strings
 * take a fraction of the memory that thousands of objects do.
 */
function compactIncident(incident: Incident): Incident {
  const { id, created_at, incident_number } = incident;
  const isOpen = incident["status"] !== "resolved";
  const line = JSON.stringify(createIncidentPayload(incident));
  // The service tells a reader of one crowded second which services there are.
  return { id, created_at, incident_number, service: incident["service"], isOpen, line };
}

function createIncidentItem(compact: Incident): ImportItem {
  const { id, created_at } = compact;
  const line = String(compact["line"]);
  const isOpen = compact["isOpen"] === true;
  // Only what is looked at again needs telling apart.
  const digest = isOpen ? createHash("sha256").update(line).digest("base64url") : "";
  return {
    delivery: { id, kind: "incidents", line },
    sent: { kind: "incidents", id, created: Date.parse(created_at), isOpen, digest },
  };
}
