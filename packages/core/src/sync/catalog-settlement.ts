import type { EventListener } from "../events.ts";
import type { Problem } from "../map/entity.ts";
import type { SourcePage } from "../source/source.ts";
import type { ImportRun } from "../store/import-state.ts";
import type { CatalogJournal } from "./catalog-journal.ts";
import type { RefusedDelivery } from "./failed-file.ts";
import type { ImportKind } from "./import-history.ts";
import { keyOf } from "./import-items.ts";
import type { MappedEntry } from "./map-pages.ts";
import { advancePositions } from "./resource-positions.ts";
import { isForWantOfAnother, type WrittenEntry } from "./write-entries.ts";

/** Objects kept to be tried again at the end of their kind; others are left to the next run. */
const mostWaiting = 10_000;

/** Objects that are mapped and written together. */
export interface CatalogBatch {
  readonly pages: readonly SourcePage[];
  /** The pages hold all that the mapping wants of these objects, as they are now. */
  readonly isWhole: boolean;
  /** False for objects that were counted before. */
  readonly isNew: boolean;
}

export interface CatalogWritten {
  readonly written: readonly WrittenEntry[];
  /** Fields that could not be computed. */
  readonly problems: readonly Problem[];
}

/** Counts what became of objects, and knows which of them are refused. */
export class CatalogSettlement {
  readonly run: ImportRun;
  readonly #journal: CatalogJournal;
  readonly #emit: EventListener;
  /** Objects in the file of refused ones, by {@link keyOf}. */
  readonly #refused: Set<string>;
  /** Those that need not be in it any more. */
  readonly #mended = new Set<string>();
  #waiting = new Map<string, WrittenEntry>();

  constructor(
    run: ImportRun,
    refused: readonly RefusedDelivery[],
    journal: CatalogJournal,
    emit: EventListener,
  ) {
    this.run = run;
    this.#journal = journal;
    this.#emit = emit;
    this.#refused = new Set(refused.map(keyOf));
    // The file is ahead of the progress where a process was killed between the two.
    for (const kind of ["services", "incidents"] as const) {
      run.counts[kind].failed = refused.filter((delivery) => delivery.kind === kind).length;
    }
  }

  /** Forgets what is known of a kind, which is read again from its beginning. */
  async startOver(kind: ImportKind): Promise<void> {
    const keys = new Set([...this.#refused].filter((key) => key.startsWith(`${kind}/`)));
    await this.#journal.forgetRefused(keys);
    for (const key of keys) this.#refused.delete(key);
    this.run.counts[kind] = { fetched: 0, delivered: 0, failed: 0 };
  }

  settle(kind: ImportKind, batch: CatalogBatch, { written, problems }: CatalogWritten): void {
    const counts = this.run.counts[kind];
    for (const { objectId, field, message } of problems) {
      this.#emit({ type: "problem", message: `${kind}/${objectId} ${field}: ${message}` });
    }
    if (problems.length > 0) counts.fieldProblems = (counts.fieldProblems ?? 0) + problems.length;
    if (batch.isNew) counts.fetched += written.length;
    for (const one of written) {
      if (one.refused.length > 0) {
        this.#refuse(kind, one);
        continue;
      }
      if (one.entry.entities.length === 0) counts.skipped = (counts.skipped ?? 0) + 1;
      else counts.delivered += 1;
      if (batch.isWhole) this.#mend(kind, one.entry.id);
    }
    for (const page of batch.pages) advancePositions(this.run, page);
  }

  /** Objects of which something was refused for want of another, to be tried again. */
  listWaiting(): MappedEntry[] {
    return [...this.#waiting.values()].map(({ entry }) => entry);
  }

  /** Takes in what became of those that waited; they wait on as long as trying gets further. */
  settleWaiting(kind: ImportKind, written: readonly WrittenEntry[]): void {
    const before = countRefused([...this.#waiting.values()]);
    const isFurther = countRefused(written) < before;
    this.#waiting = new Map();
    for (const one of written) {
      const { entry, refused } = one;
      if (refused.length === 0) {
        this.run.counts[kind].delivered += 1;
        this.#mend(kind, entry.id);
      } else if (isFurther && isForWantOfAnother(one)) this.#waiting.set(entry.id, one);
      else this.#tell(one);
    }
  }

  /** Objects that PagerDuty does not show, or no resource wants any more: nothing is left to send. */
  giveUp(kind: ImportKind, ids: readonly string[]): void {
    for (const id of ids) {
      this.#mend(kind, id);
      const message = `${kind}/${id}, which Port refused before, is not in PagerDuty any more, or not wanted by the mapping.`;
      this.#emit({ type: "notice", message });
    }
  }

  /** Takes what is in Port now out of the file. */
  async forgetMended(): Promise<void> {
    await this.#journal.forgetRefused(this.#mended);
    this.#mended.clear();
  }

  #refuse(kind: ImportKind, one: WrittenEntry): void {
    const { entry, refused } = one;
    const { id } = entry;
    const [first] = refused;
    if (first === undefined) return;
    const line = JSON.stringify(refused.map(({ entity }) => entity));
    const { status, reason } = first;
    const delivery = { kind, id, line, status, reason, isMapped: true } as const;
    const key = keyOf(delivery);
    if (!this.#refused.has(key)) this.run.counts[kind].failed += 1;
    this.#refused.add(key);
    this.#mended.delete(key);
    this.#journal.refuse(delivery);
    if (isForWantOfAnother(one) && this.#waiting.size < mostWaiting) this.#waiting.set(id, one);
    else this.#tell(one);
  }

  #mend(kind: ImportKind, id: string): void {
    const key = keyOf({ kind, id, line: "" });
    if (!this.#refused.delete(key)) return;
    this.run.counts[kind].failed -= 1;
    this.#mended.add(key);
  }

  #tell({ refused }: WrittenEntry): void {
    for (const { entity, status, reason } of refused) {
      const { blueprint, identifier } = entity;
      const name = typeof identifier === "string" ? identifier : JSON.stringify(identifier);
      const message = `Port refused ${blueprint} ${name} with ${status}: ${reason}`;
      this.#emit({ type: "problem", message });
    }
  }
}

function countRefused(written: readonly WrittenEntry[]): number {
  return written.reduce((count, { refused }) => count + refused.length, 0);
}
