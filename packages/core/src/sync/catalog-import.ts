import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { EntityWriter } from "../sink/port/write-entities.ts";
import { formatTime } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Source } from "../source/source.ts";
import type { ImportRun } from "../store/import-state.ts";
import { AllowedKinds } from "./allowed-kinds.ts";
import { type CatalogBatch, type CatalogWritten, CatalogSettlement } from "./catalog-settlement.ts";
import { CatalogReader } from "./catalog-reader.ts";
import type { CatalogJournal } from "./catalog-journal.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import type { RefusedDelivery } from "./failed-file.ts";
import { checkAccount } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import { countKinds, type ImportReport } from "./import-report.ts";
import { mapPages } from "./map-pages.ts";
import { prepareRun } from "./prepare-run.ts";
import { writeEntries } from "./write-entries.ts";

/** Batches being mapped and written: one is mapped while another is written. A batch may be 4,000 objects. */
const mostBatches = 2;

const kindsInOrder = ["services", "incidents"] as const;

export interface CatalogImportOptions {
  readonly journal: CatalogJournal;
  readonly pagerDuty: PagerDutyClient;
  readonly source: Source;
  readonly mapper: Mapper;
  readonly writer: EntityWriter;
  /** Those of the mapping that are of the kinds. */
  readonly resources: readonly Resource[];
  readonly kinds: readonly ImportKind[];
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly emit: EventListener;
}

/** One process's share of an import to Port's catalog, phase by phase. */
export class CatalogImport {
  readonly problems: string[] = [];
  isResumed = false;
  readonly #options: CatalogImportOptions;
  readonly #journal: CatalogJournal;
  readonly #emit: EventListener;
  readonly #allowed: AllowedKinds;
  /** Aborted when a write failed for good: what is still being read is in vain. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #run: ImportRun | undefined;

  constructor(options: CatalogImportOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#emit = options.emit;
    this.#signal =
      options.signal === undefined
        ? this.#stop.signal
        : AbortSignal.any([options.signal, this.#stop.signal]);
    this.#allowed = new AllowedKinds(options.kinds, (problem) => this.#addProblem(problem));
  }

  async run(): Promise<void> {
    const { state } = this.#journal;
    await checkAccount(state, this.#options.pagerDuty, this.#signal);
    const run = await this.#prepare();
    const refused = await this.#journal.readRefused();
    const settlement = new CatalogSettlement(run, refused, this.#journal, this.#emit);
    const { source, resources, since, until } = this.#options;
    const onProblem = (problem: string): void => this.#addProblem(problem, run);
    const signal = this.#signal;
    const options = { source, resources, state, run, since, until, signal, onProblem };
    const reader = new CatalogReader(options);

    try {
      if (run.phase === "services") {
        // All of them are read again: that tells what is refused, and how many there are.
        await settlement.startOver("services");
        await this.#allowed.try("services", () =>
          this.#write(settlement, "services", reader.list("services")),
        );
        await this.#enter(run, "incidents");
        await this.#sendRefused(reader, settlement, refused, ["incidents"]);
      } else {
        await this.#sendRefused(reader, settlement, refused, kindsInOrder);
      }
      if (run.phase === "incidents") {
        await this.#allowed.try("incidents", () =>
          this.#write(settlement, "incidents", reader.list("incidents")),
        );
        // The next run, with a better token, goes on with them.
        if (this.#allowed.isRefused("incidents")) return;
        await this.#enter(run, "changes");
      }
      await this.#allowed.try("incidents", () =>
        this.#write(settlement, "incidents", reader.listChanged()),
      );
      if (this.#allowed.isRefused("incidents")) return;
      await this.#enter(run, "done");
    } finally {
      // Whatever was answered counts, however the run ends.
      await this.#journal.save(run);
    }
  }

  countKinds(): ImportReport["kinds"] {
    return countKinds(this.#options.kinds, this.#run?.counts);
  }

  /** The run to go on with, or the next one. */
  async #prepare(): Promise<ImportRun> {
    const { state } = this.#journal;
    const previous = state.run;
    const { pagerDuty, clock, kinds, since, until } = this.#options;
    const shared = { state, pagerDuty, clock, kinds, since, until, signal: this.#signal };
    const prepared = await prepareRun({ ...shared, allowed: this.#allowed, emit: this.#emit });
    const { run, isResumed } = prepared;
    if (!isResumed) {
      // What changes while a run goes on is read again at its end; what changes later, by the next one.
      const changedSince = previous?.beganAt ?? run.beganAt;
      if (changedSince !== undefined) run.changedSince = changedSince;
    }
    this.isResumed = isResumed;
    this.problems.push(...run.problems);
    this.#run = run;
    return run;
  }

  async #enter(run: ImportRun, phase: ImportRun["phase"]): Promise<void> {
    run.phase = phase;
    await this.#journal.save(run);
  }

  /** Writes what a stream gives, in its order, and then again what was refused for want of another. */
  async #write(
    settlement: CatalogSettlement,
    kind: ImportKind,
    batches: AsyncIterable<CatalogBatch>,
  ): Promise<void> {
    await deliverInOrder(batches, {
      mostInFlight: mostBatches,
      mostWaiting: mostBatches,
      send: (batch) => this.#writeBatch(kind, batch),
      onSettled: (batch, written) => {
        if (written !== undefined) this.#settle(settlement, kind, batch, written);
      },
      onFailure: (error) => this.#stop.abort(error),
      // A batch is dozens of requests to Port: one write to the disk costs nothing beside it.
      onPause: () => this.#journal.save(settlement.run),
    });
    await this.#writeWaiting(settlement, kind);
    await settlement.forgetMended();
    await this.#journal.save(settlement.run);
  }

  /**
   * The one way on which objects that were read get to Port. Whoever shares a catalog with live events
   * decides here which objects of a batch may be written.
   */
  async #writeBatch(kind: ImportKind, { pages }: CatalogBatch): Promise<CatalogWritten> {
    const { mapper, writer } = this.#options;
    const { entries, problems } = await mapPages(pages, mapper);
    const written = await writeEntries(entries, {
      writer,
      signal: this.#signal,
      onAnswered: (objects) => {
        for (let count = 0; count < objects; count += 1) {
          this.#emit({ type: "written", kind, objects: 1 });
        }
      },
    });
    return { written, problems };
  }

  #settle(
    settlement: CatalogSettlement,
    kind: ImportKind,
    batch: CatalogBatch,
    written: CatalogWritten,
  ): void {
    const { run } = settlement;
    for (const { position, entries } of batch.pages) {
      if (position === undefined) continue;
      const { problem, resources, until } = position;
      const since = Math.min(
        ...resources.map((index) => run.positions?.[index]?.until ?? run.since),
      );
      if (problem !== "") {
        this.#addProblem(`${problem}. The next run reads from there again`, run);
        run.readAgainFrom = Math.min(run.readAgainFrom ?? Infinity, since);
      }
      const rows = entries.length;
      this.#emit({ type: "window", since: formatTime(since), until: formatTime(until), rows });
    }
    settlement.settle(kind, batch, written);
  }

  /** As long as another round gets further: what was missing may itself have been refused. */
  async #writeWaiting(settlement: CatalogSettlement, kind: ImportKind): Promise<void> {
    const { writer } = this.#options;
    for (;;) {
      const waiting = settlement.listWaiting();
      if (waiting.length === 0) return;
      const written = await writeEntries(waiting, {
        writer,
        signal: this.#signal,
        onAnswered: () => undefined,
      });
      settlement.settleWaiting(kind, written);
    }
  }

  /** Sends again what Port refused before, as it is now. */
  async #sendRefused(
    reader: CatalogReader,
    settlement: CatalogSettlement,
    refused: readonly RefusedDelivery[],
    kinds: readonly ImportKind[],
  ): Promise<void> {
    for (const kind of kinds) {
      const ids = refused.filter((delivery) => delivery.kind === kind).map(({ id }) => id);
      if (ids.length === 0) continue;
      await this.#allowed.try(kind, () =>
        this.#write(
          settlement,
          kind,
          reader.listById(kind, ids, (gone) => settlement.giveUp(kind, gone)),
        ),
      );
    }
  }

  /** Tells of a problem; one that a run cannot mend by going on is kept with that run. */
  #addProblem(problem: string, run?: ImportRun): void {
    // Resources that want other things added are told of the same window one by one.
    if (run?.problems.includes(problem) === true) return;
    run?.problems.push(problem);
    this.problems.push(problem);
    this.#emit({ type: "problem", message: problem });
  }
}
