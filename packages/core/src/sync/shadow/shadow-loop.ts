import { ForeignHostError, PagerportError } from "../../errors.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { QueuedRun } from "../../store/queued-run.ts";
import { readTime } from "../../store/read-time.ts";
import { readLastStart } from "../../store/run-history.ts";
import { advanceWatermark, forgetState, readState } from "../../store/state.ts";
import { withLease } from "../../store/with-lease.ts";
import type { CurrentMapping } from "../current-mapping.ts";
import type { HostsGuard } from "../ownership/hosts-guard.ts";
import type { ServiceEvent } from "../sync-service.ts";
import { compareWithPort } from "./compare-with-port.ts";
import type { ShadowServiceOptions } from "./create-shadow-service.ts";
import { wholeEntity } from "./entity-look.ts";
import { type Ledger, noteLook } from "./ledger.ts";
import { explainerOf, lookAtAll, readByName } from "./look-at-all.ts";
import type { DueLooks, PendingLooks } from "./pending-looks.ts";
import { ledgerState, type ShadowMemory } from "./shadow-memory.ts";
import { reportShadow, type ShadowReport } from "./shadow-report.ts";

/** Milliseconds between looks at what is due. */
const lookEvery = 1000;
/** Milliseconds that an event's object waits for its look: the integration that writes gets the event too. */
const catchUpTime = 60_000;
/** Entities that wait for a look at most, before some are looked at early. */
const mostPending = 10_000;
/** Minutes between runs where nothing else is set. */
const usualInterval = 60;
/** Milliseconds between reports. */
const reportEvery = 3_600_000;
/** Milliseconds that a glance at the ledger is good for, where nothing of this process has changed it. */
const glanceLasts = 60_000;
/** Milliseconds until a run that broke off is tried again. */
const retryAfter = 300_000;

const minute = 60_000;
const hour = 60 * minute;

/** Held by the replica that reads everything. */
const runLease = "shadow/run";
/** Under this name it is kept which of the hourly reports was told last. */
const reportState = "shadow/report";

export interface ShadowLoopOptions extends ShadowServiceOptions {
  readonly mapping: CurrentMapping;
  readonly guard: HostsGuard;
  readonly memory: ShadowMemory;
  readonly pending: PendingLooks;
  /** Notes what events came to since it was called last. */
  readonly noteCounts: (ledger: Ledger) => void;
  readonly tell: (event: ServiceEvent) => void;
  readonly trouble: (what: string, error: unknown) => void;
}

/** Looks when it is time, and reports. */
export class ShadowLoop {
  readonly #options: ShadowLoopOptions;
  #running: { readonly number: number; readonly type: string } | undefined;
  #requested: QueuedRun | undefined;
  /** By the database's clock. */
  #begunAt = 0;
  #isOvertaken = false;
  #digest = "";
  #retryAt = -Infinity;
  #overtakenLookAt = -Infinity;
  #reported = 0;
  #seen: { readonly at: number; readonly ledger: Ledger } | undefined;

  constructor(options: ShadowLoopOptions) {
    this.#options = options;
  }

  get running(): { readonly number: number; readonly type: string } | undefined {
    return this.#running;
  }

  /** Whether a run that writes has begun in this store: then its events are none of a shadow's. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /** Asks for a run. */
  request(type: QueuedRun): void {
    if (this.#requested !== "full") this.#requested = type;
  }

  /** Begins a new ledger where runs have written since the last one: what it holds is of another time. */
  async begin(): Promise<void> {
    const { sql } = this.#options.store;
    const lastStart = (await readLastStart(sql)) ?? 0;
    const kept = await readState(sql, ledgerState);
    if (kept !== undefined && lastStart > kept.keptAt) {
      await forgetState(sql, ledgerState);
      await forgetState(sql, reportState);
    }
    this.#begunAt = await readTime(sql);
    if (this.#options.listener.type === "POLLING" && this.#options.listener.resyncOnStart) {
      this.request("full");
    }
  }

  /** Looks at what is due until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, mapping, guard } = this.#options;
    while (!signal.aborted) {
      await this.#attempt("the mapping", () => this.#refreshMapping(signal), signal);
      await this.#attempt("whose hosts they are", () => this.#lookAtHosts(signal), signal);
      await this.#attempt("the store", () => this.#lookAtStore(), signal);
      if (mapping.mapper !== undefined && guard.isOpen && !this.#isOvertaken) {
        await this.#attempt("comparing", () => this.#compareDue(signal), signal);
        await this.#attempt("a run", () => this.#runDue(signal), signal);
        await this.#attempt("the report", () => this.#reportDue(), signal);
      }
      await clock.sleep(lookEvery, signal).catch(() => undefined);
    }
  }

  /** Compares what still waits, and reports for the last time. */
  async end(signal: AbortSignal | undefined): Promise<void> {
    const { clock, mapping, pending, memory, noteCounts, onReport, trouble } = this.#options;
    try {
      if (mapping.mapper !== undefined) await this.#compare(pending.take(clock.now()), signal);
      await memory.change(noteCounts);
    } catch (error) {
      // What was seen before is still worth a report.
      if (signal?.aborted !== true) trouble("comparing", error);
    }
    onReport(await this.report(), true);
  }

  async report(): Promise<ShadowReport> {
    const { memory, clock, integrationIdentifier: writer } = this.#options;
    return reportShadow(await memory.read(), { writer, at: clock.now() });
  }

  /** When the next run begins, milliseconds since 1970. */
  async findNextRun(): Promise<number | undefined> {
    const { lastRun } = await this.#glance();
    return lastRun === undefined ? undefined : lastRun + this.#interval;
  }

  get #interval(): number {
    return (this.#options.scheduledResyncInterval || usualInterval) * minute;
  }

  async #attempt(what: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      if (!signal.aborted) await work();
    } catch (error) {
      if (signal.aborted || error instanceof ForeignHostError) return;
      this.#options.trouble(what, error);
    }
  }

  async #refreshMapping(signal: AbortSignal): Promise<void> {
    const { mapping } = this.#options;
    if (!mapping.isDue) return;
    await mapping.refresh(signal);
    const isOther = this.#digest !== "" && this.#digest !== mapping.digest;
    this.#digest = mapping.digest;
    if (isOther) this.request("full");
  }

  async #lookAtHosts(signal: AbortSignal): Promise<void> {
    const { guard, mapping } = this.#options;
    if (mapping.isKnown) await guard.look({ mapping: mapping.mapper?.mapping, signal });
  }

  async #lookAtStore(): Promise<void> {
    const { clock, store, trouble } = this.#options;
    if (this.#isOvertaken || clock.now() - this.#overtakenLookAt < lookEvery) return;
    this.#overtakenLookAt = clock.now();
    if (((await readLastStart(store.sql)) ?? 0) < this.#begunAt) return;
    this.#isOvertaken = true;
    const message =
      "a run that writes has begun in this shadow's store: the shadow looks no more, as events are the other's now. End it";
    trouble("the shadow", new PagerportError(message));
  }

  async #compareDue(signal: AbortSignal): Promise<void> {
    const { pending, clock } = this.#options;
    const until = pending.size > mostPending ? clock.now() : clock.now() - catchUpTime;
    await this.#compare(pending.take(until), signal);
  }

  async #compare(due: DueLooks, signal: AbortSignal | undefined): Promise<void> {
    const { clock, memory, mapping, pending, port, noteCounts } = this.#options;
    const { mapper } = mapping;
    if (mapper === undefined || due.wanted.length + due.gone.length === 0) return;
    try {
      const merge = mapper.mapping.enableMergeEntity;
      const looks = await compareWithPort(due.wanted, { port, clock, merge, signal });
      const stored = await readByName(due.gone, { port, signal });
      const at = clock.now();
      await memory.change((ledger) => {
        noteCounts(ledger);
        const explain = explainerOf(ledger, { mapper });
        for (const look of looks) noteLook(ledger, look, explain);
        for (const ref of due.gone) {
          const found = stored.get(nameEntity(ref.blueprint, ref.identifier));
          const difference = { ...goneDifference };
          const differences = found === undefined ? [] : [difference];
          noteLook(ledger, { ...ref, at, updatedAt: found?.updatedAt, differences }, explain);
        }
      });
    } catch (error) {
      pending.putBack(due, clock.now());
      throw error;
    }
  }

  async #runDue(signal: AbortSignal): Promise<void> {
    const { clock, store, owner } = this.#options;
    if (clock.now() < this.#retryAt) return;
    if ((this.#requested ?? this.#chooseType(await this.#glance())) === undefined) return;
    const lease = { sql: store.sql, clock, name: runLease, owner, signal };
    await withLease(lease, async (held) => {
      // Another replica may have been faster.
      const type = this.#requested ?? this.#chooseType(await this.#options.memory.read());
      if (type !== undefined) await this.#runOne(type, held);
    });
  }

  /** The ledger as it was a while ago: it may be large, and is looked at every second. */
  async #glance(): Promise<Ledger> {
    const { clock, memory } = this.#options;
    if (this.#seen === undefined || clock.now() - this.#seen.at >= glanceLasts) {
      this.#seen = { at: clock.now(), ledger: await memory.read() };
    }
    return this.#seen.ledger;
  }

  #chooseType({ lastFull, lastRun }: Ledger): QueuedRun | undefined {
    const { clock, fullResyncInterval } = this.#options;
    const now = clock.now();
    if (lastRun !== undefined && now - lastRun < this.#interval) return undefined;
    return lastFull === undefined || now - lastFull >= fullResyncInterval * hour ? "full" : "delta";
  }

  async #runOne(type: QueuedRun, signal: AbortSignal): Promise<void> {
    const { clock, mapping, guard, memory, noteCounts } = this.#options;
    const { mapper } = mapping;
    if (mapper === undefined) return;
    if (!(await guard.look({ mapping: mapper.mapping, signal, isForRun: true }))) return;
    this.#requested = undefined;
    this.#running = { number: 0, type };
    const startedAt = clock.now();
    try {
      // Whose hosts they are is not remembered: runs that write would go by it.
      await lookAtAll({ ...this.#options, mapper, type, signal });
      this.#options.onLook?.({ type, milliseconds: clock.now() - startedAt });
    } catch (error) {
      if (!signal.aborted) {
        this.#retryAt = clock.now() + retryAfter;
        this.request(type);
        await memory.change((ledger) => {
          ledger.failedRuns += 1;
        });
      }
      throw error;
    } finally {
      this.#running = undefined;
      this.#seen = undefined;
    }
    await memory.change(noteCounts);
  }

  async #reportDue(): Promise<void> {
    const { store, clock, onReport } = this.#options;
    const { startedAt } = await this.#glance();
    const number = Math.floor((clock.now() - startedAt) / reportEvery);
    // The first hour has no report; of several replicas one tells.
    if (number < 1 || number <= this.#reported) return;
    this.#reported = number;
    if (await advanceWatermark(store.sql, reportState, number))
      onReport(await this.report(), false);
  }
}

/** What a full reading finds to be named by incidents becomes a stub; an event does not tell. */
const goneDifference = {
  place: wholeEntity.extra,
  port: "",
  pagerport: "",
  wanted: "nothing",
  removal: "delete",
} as const;
