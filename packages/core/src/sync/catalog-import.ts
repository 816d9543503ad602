import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import { formatTime } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { SourcePage } from "../source/source.ts";
import type { ImportRun } from "../store/import-state.ts";
import { AllowedKinds } from "./allowed-kinds.ts";
import type { TouchedApplied } from "./apply-touched.ts";
import { CatalogSettlement } from "./catalog-settlement.ts";
import { CatalogReader } from "./catalog-reader.ts";
import type { CatalogJournal } from "./catalog-journal.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import type { RefusedDelivery } from "./failed-file.ts";
import { checkAccount } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import { countKinds, type ImportReport } from "./import-report.ts";
import { ImportWriter, type ImportWriterOptions } from "./import-writer.ts";
import { limitObjects } from "./limit-objects.ts";
import { readObjectId } from "./object-key.ts";
import { prepareRun } from "./prepare-run.ts";
import { describeUnavailable } from "./write-catalog.ts";
import type { WrittenEntry } from "./write-entries.ts";

/** Pages being mapped and written: one is mapped while another is written. A page may be 4,000 objects. */
const mostPages = 2;

/** Objects read by their ids before progress is saved. */
const mostById = 1000;

const kindsInOrder = ["services", "incidents"] as const;

export interface CatalogImportOptions extends Omit<ImportWriterOptions, "onAnswered" | "signal"> {
  readonly journal: CatalogJournal;
  readonly pagerDuty: PagerDutyClient;
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
  readonly #writer: ImportWriter;
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
    const { source, since, until } = options;
    this.#writer = new ImportWriter({
      ...options,
      source: limitObjects(source, { since, until }),
      signal: this.#signal,
      onAnswered: (kind, objects) => {
        for (let count = 0; count < objects; count += 1) {
          this.#emit({ type: "written", kind, objects: 1 });
        }
      },
    });
    this.#allowed = new AllowedKinds(options.kinds, (problem) => this.#addProblem(problem));
  }

  async run(): Promise<void> {
    const { state } = this.#journal;
    await checkAccount(state, this.#options.pagerDuty, this.#signal);
    const run = await this.#prepare();
    const refused = await this.#journal.readRefused();
    const settlement = new CatalogSettlement(run, refused, this.#journal, this.#emit);
    const reader = this.#createReader(run);

    try {
      if (run.phase === "services") {
        // All of them are read again: that tells what is refused, and how many there are.
        await settlement.startOver("services");
        await this.#allowed.try("services", () => this.#list("services", reader, settlement));
        await this.#enter(run, "incidents");
        await this.#sendRefused(settlement, refused, ["incidents"]);
      } else {
        await this.#sendRefused(settlement, refused, kindsInOrder);
      }
      if (run.phase === "incidents") {
        await this.#allowed.try("incidents", () => this.#list("incidents", reader, settlement));
        // The next run, with a better token, goes on with them.
        if (this.#allowed.isRefused("incidents")) return;
        await this.#enter(run, "changes");
      }
      await this.#allowed.try("incidents", async () =>
        this.#apply("incidents", await reader.listChanged(), settlement, { isNew: true }),
      );
      if (this.#allowed.isRefused("incidents")) return;
      await this.#enter(run, "done");
    } finally {
      // Whatever was answered counts, however the run ends.
      await this.#journal.save(run);
    }
  }

  /** PagerDuty's time when the run began, milliseconds since 1970. */
  get beganAt(): number | undefined {
    return this.#run?.beganAt;
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

  #createReader(run: ImportRun): CatalogReader {
    const { source, resources } = this.#options;
    const { state } = this.#journal;
    const onProblem = (problem: string): void => this.#addProblem(problem, run);
    return new CatalogReader({ source, resources, state, run, signal: this.#signal, onProblem });
  }

  async #enter(run: ImportRun, phase: ImportRun["phase"]): Promise<void> {
    run.phase = phase;
    await this.#journal.save(run);
  }

  /** Writes all of a kind, then what was refused for want of another, and what changed meanwhile. */
  async #list(
    kind: ImportKind,
    reader: CatalogReader,
    settlement: CatalogSettlement,
  ): Promise<void> {
    await deliverInOrder(reader.list(kind), {
      mostInFlight: mostPages,
      mostWaiting: mostPages,
      send: (page) => this.#writer.writePage(page),
      onSettled: (page, written) => {
        if (written === undefined) return;
        this.#noteWindow(page, settlement.run);
        settlement.settlePage(kind, page, written);
      },
      onFailure: (error) => this.#stop.abort(error),
      // A page is dozens of requests to Port: one write to the disk costs nothing beside it.
      onPause: () => this.#journal.save(settlement.run),
    });
    const waiting = settlement.takeWaiting();
    if (waiting.length > 0) {
      settlement.settleWaiting(kind, await this.#writer.writeWaiting(kind, waiting));
    }
    await this.#apply(kind, settlement.listAside(kind), settlement, { isNew: true });
  }

  /** Reads objects by their ids and writes them; again where what they relate to came later. */
  async #apply(
    kind: ImportKind,
    ids: readonly string[],
    settlement: CatalogSettlement,
    { isNew, onGone }: { readonly isNew: boolean; readonly onGone?: (id: string) => void },
  ): Promise<void> {
    let left = ids;
    for (let isFirst = true; left.length > 0; isFirst = false) {
      const waiting: WrittenEntry[] = [];
      for (let start = 0; start < left.length; start += mostById) {
        const some = left.slice(start, start + mostById);
        const applied = await this.#writer.applyById(kind, some);
        const { accepted, empty, refused, problem } = applied;
        const keys = [...accepted, ...empty, ...refused.map(({ entry }) => entry.key)];
        const known = [...keys.map(readObjectId), ...applied.left];
        // Of the others it is not known what they are.
        const seen = problem === "" ? some : known;
        const options = { isNew: isNew && isFirst };
        waiting.push(...settlement.settleApplied(kind, seen, applied, options));
        this.#tellLack(kind, applied, settlement.run);
        const isKnown = new Set(known);
        for (const id of seen) if (!isKnown.has(id)) onGone?.(id);
        await this.#journal.save(settlement.run);
        if (problem !== "") break;
      }
      if (waiting.length >= left.length) {
        for (const one of waiting) settlement.tell(one);
        break;
      }
      left = waiting.map(({ entry }) => readObjectId(entry.key));
    }
    await settlement.forgetMended();
    await this.#journal.save(settlement.run);
  }

  #noteWindow({ position, entries }: SourcePage, run: ImportRun): void {
    if (position === undefined) return;
    const { problem, resources, until } = position;
    const since = Math.min(...resources.map((index) => run.positions?.[index]?.until ?? run.since));
    if (problem !== "") {
      this.#addProblem(`${problem}. The next run reads from there again`, run);
      run.readAgainFrom = Math.min(run.readAgainFrom ?? Infinity, since);
    }
    const rows = entries.length;
    this.#emit({ type: "window", since: formatTime(since), until: formatTime(until), rows });
  }

  /** Tells what could not be done of objects that were read by their ids. */
  #tellLack(
    kind: ImportKind,
    { left, unavailable, problem }: TouchedApplied,
    run: ImportRun,
  ): void {
    for (const lack of describeUnavailable(kind, unavailable)) this.#addProblem(lack, run);
    if (problem !== "") {
      const message = `Some of ${kind} could not be read again: ${problem}. The next run looks again`;
      this.#addProblem(message, run);
      if (run.changedSince !== undefined) run.beganAt = run.changedSince;
    }
    if (left.length === 0) return;
    const message = `${left.length} of ${kind} are being worked on by others, and were left to them`;
    this.#emit({ type: "notice", message });
  }

  /** Sends again what Port refused before, as it is now. */
  async #sendRefused(
    settlement: CatalogSettlement,
    refused: readonly RefusedDelivery[],
    kinds: readonly ImportKind[],
  ): Promise<void> {
    for (const kind of kinds) {
      const ids = refused.filter((delivery) => delivery.kind === kind).map(({ id }) => id);
      if (ids.length === 0) continue;
      const onGone = (id: string): void => settlement.giveUp(kind, id);
      await this.#allowed.try(kind, () =>
        this.#apply(kind, ids, settlement, { isNew: false, onGone }),
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
