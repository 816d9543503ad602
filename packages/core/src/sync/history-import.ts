import { createEmitter, type EventListener } from "../events.ts";
import { mostPostsInFlight } from "../sink/connect-ingest.ts";
import type { Outcome } from "../sink/sink.ts";
import { countIncidents } from "../source/count-incidents.ts";
import { findHistory, formatTime } from "../source/incident-list.ts";
import { readIncidents } from "../source/read-incidents.ts";
import { readIncidentsById } from "../source/read-incidents-by-id.ts";
import { readServices } from "../source/read-services.ts";
import type { ImportRun } from "../store/import-state.ts";
import { AllowedKinds } from "./allowed-kinds.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import { checkAccount, rememberAccount } from "./import-account.ts";
import type { HistoryOptions } from "./import-history.ts";
import { compactIncident, createIncidentItem, createServiceItem, keyOf } from "./import-items.ts";
import type { ImportItem, ImportJournal, ImportMark } from "./import-journal.ts";
import { countKinds, type ImportReport } from "./import-report.ts";
import { postRefused } from "./post-refused.ts";
import { prepareRun } from "./prepare-run.ts";

const second = 1000;

/** One process's share of an import, phase by phase. */
export class HistoryImport {
  readonly problems: string[] = [];
  isResumed = false;
  readonly #options: HistoryOptions;
  readonly #journal: ImportJournal;
  readonly #emit: EventListener;
  /** Aborted when a delivery failed for good: what is still being read is in vain. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #run: ImportRun | undefined;
  readonly #allowed: AllowedKinds;
  #serviceIds: readonly string[] | undefined;
  /** Objects that Port refused before, and has refused again, by {@link keyOf}. */
  #stillRefused: ReadonlySet<string> = new Set();

  constructor(options: HistoryOptions, journal: ImportJournal) {
    this.#signal =
      options.signal === undefined
        ? this.#stop.signal
        : AbortSignal.any([options.signal, this.#stop.signal]);
    this.#options = options;
    this.#journal = journal;
    this.#emit = createEmitter(options.onEvent);
    this.#allowed = new AllowedKinds(options.kinds, (problem) => this.#addProblem(problem));
  }

  async run(): Promise<void> {
    const { pagerDuty, kinds, clock, since, until } = this.#options;
    const signal = this.#signal;
    const allowed = this.#allowed;
    const emit = this.#emit;
    const { state } = this.#journal;
    await checkAccount(state, pagerDuty, signal);
    const shared = { state, pagerDuty, clock, kinds, since, until, signal };
    const { run, isResumed } = await prepareRun({ ...shared, allowed, emit });
    this.isResumed = isResumed;
    this.#run = run;
    this.problems.push(...run.problems);
    await this.#retryRefused(run);

    try {
      if (run.phase === "services") {
        await this.#allowed.try("services", () => this.#deliver(run, this.#services(run)));
        await this.#enter(run, "incidents");
      }
      if (run.phase === "incidents") {
        await this.#allowed.try("incidents", () => this.#deliver(run, this.#incidents(run)));
        // The next run, with a better token, goes on with them.
        if (this.#allowed.isRefused("incidents")) return;
        await this.#allowed.try("incidents", () => this.#compareCount(run));
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
    return countKinds(this.#options.kinds, this.#run?.counts);
  }

  /** Posts what Port refused in earlier runs, before anything else. */
  async #retryRefused(run: ImportRun): Promise<void> {
    const { files, stream } = this.#options;
    if (stream !== undefined) return;
    const stillRefused = await postRefused({
      path: files.failed,
      run,
      post: (delivery) => this.#post(delivery),
      onFailure: (error) => this.#stop.abort(error),
    });
    if (stillRefused === undefined) return;
    this.#stillRefused = stillRefused;
    await this.#journal.save(run);
  }

  async #enter(run: ImportRun, phase: ImportRun["phase"]): Promise<void> {
    run.phase = phase;
    await this.#journal.save(run);
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
