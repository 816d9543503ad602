import type { EventListener } from "../events.ts";
import type { SourcePage } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import type { ImportRun } from "../store/import-state.ts";
import type { CatalogJournal } from "./catalog-journal.ts";
import type { RefusedDelivery } from "./failed-file.ts";
import type { ImportKind } from "./import-history.ts";
import { keyOf } from "./import-items.ts";
import type { ImportWritten } from "./import-writer.ts";
import { isOfKind, readObjectId } from "./object-key.ts";
import { advancePositions } from "./resource-positions.ts";
import type { WrittenEntry } from "./write-entries.ts";
import { isForWantOfAnother } from "./write-in-order.ts";

/** Objects kept to be tried again at the end of their kind; others are left to the next run. */
const mostWaiting = 10_000;

/** Counts what became of objects, and knows which of them are refused, or must be read again. */
export class CatalogSettlement {
  readonly run: ImportRun;
  readonly #journal: Pick<CatalogJournal, "refuse" | "forgetRefused">;
  readonly #emit: EventListener;
  /** Objects in the file of refused ones, by {@link keyOf}. */
  readonly #refused: Set<string>;
  /** Those that need not be in it any more. */
  readonly #mended = new Set<string>();
  readonly #waiting = new Map<ObjectKey, WrittenEntry>();

  constructor(
    run: ImportRun,
    refused: readonly RefusedDelivery[],
    journal: Pick<CatalogJournal, "refuse" | "forgetRefused">,
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
    const keys = new Set([...this.#refused].filter((key) => isOfKind(key, kind)));
    await this.#journal.forgetRefused(keys);
    for (const key of keys) this.#refused.delete(key);
    this.#forgetAside((key) => isOfKind(key, kind));
    this.run.counts[kind] = { fetched: 0, delivered: 0, failed: 0 };
  }

  /** Takes in what became of a page that was listed. */
  settlePage(kind: ImportKind, page: SourcePage, listed: ImportWritten): void {
    this.#tellProblems(kind, listed);
    this.#count(kind, listed, { isNew: true });
    for (const one of listed.refused) {
      this.#note(kind, one);
      const { key } = one.entry;
      if (isWaiting(one) && this.#waiting.size < mostWaiting) this.#waiting.set(key, one);
      else this.tell(one);
    }
    this.#setAside(listed.aside);
    advancePositions(this.run, page);
  }

  /** Objects of which something was refused for want of another: they do not wait any more. */
  takeWaiting(): WrittenEntry[] {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    return waiting;
  }

  /** Takes in what became of those that waited. */
  settleWaiting(kind: ImportKind, waited: ImportWritten): void {
    this.#count(kind, waited, { isNew: false });
    for (const key of waited.accepted) this.#mend(key);
    for (const one of waited.refused) this.tell(one);
    this.#setAside(waited.aside);
  }

  /** Ids of objects that must be read again. */
  listAside(kind: ImportKind): string[] {
    return (this.run.aside ?? []).filter((key) => isOfKind(key, kind)).map(readObjectId);
  }

  /**
   * Takes in what became of objects that were read by their ids: all that the mapping wants of them.
   *
   * @param options.isNew whether they were not counted before
   * @returns those of which something was refused for want of another
   */
  settleApplied(
    kind: ImportKind,
    ids: readonly string[],
    applied: ImportWritten,
    { isNew }: { readonly isNew: boolean },
  ): WrittenEntry[] {
    this.#tellProblems(kind, applied);
    this.#count(kind, applied, { isNew });
    for (const key of [...applied.accepted, ...applied.empty]) this.#mend(key);
    for (const one of applied.refused) {
      this.#note(kind, one);
      if (!isWaiting(one)) this.tell(one);
    }
    const keys = new Set(ids.map((id) => `${kind}/${id}`));
    this.#forgetAside((key) => keys.has(key));
    return applied.refused.filter(isWaiting);
  }

  /** An object that PagerDuty does not show, or no resource wants any more: nothing is left to send. */
  giveUp(kind: ImportKind, id: string): void {
    this.#mend(`${kind}/${id}`);
    const message = `${kind}/${id}, which Port refused before, is not in PagerDuty any more, or not wanted by the mapping.`;
    this.#emit({ type: "notice", message });
  }

  /** Takes what is in Port now out of the file. */
  async forgetMended(): Promise<void> {
    await this.#journal.forgetRefused(this.#mended);
    this.#mended.clear();
  }

  /** Tells what of an object was refused. */
  tell({ refused }: WrittenEntry): void {
    for (const { entity, status, reason } of refused) {
      const { blueprint, identifier } = entity;
      const name = typeof identifier === "string" ? identifier : JSON.stringify(identifier);
      const message = `Port refused ${blueprint} ${name} with ${status}: ${reason}`;
      this.#emit({ type: "problem", message });
    }
  }

  #count(
    kind: ImportKind,
    { accepted, empty, refused }: ImportWritten,
    { isNew }: { readonly isNew: boolean },
  ): void {
    const counts = this.run.counts[kind];
    counts.delivered += accepted.length;
    if (isNew) counts.fetched += accepted.length + empty.length + refused.length;
    if (empty.length > 0) counts.skipped = (counts.skipped ?? 0) + empty.length;
  }

  /** Notes that something of an object was refused. */
  #note(kind: ImportKind, { entry, refused }: WrittenEntry): void {
    const [first] = refused;
    if (first === undefined) return;
    const { status, reason } = first;
    const id = readObjectId(entry.key);
    const line = JSON.stringify(refused.map(({ entity }) => entity));
    if (!this.#refused.has(entry.key)) this.run.counts[kind].failed += 1;
    this.#refused.add(entry.key);
    this.#mended.delete(entry.key);
    this.#journal.refuse({ kind, id, line, status, reason, isMapped: true });
  }

  #mend(key: ObjectKey): void {
    if (!this.#refused.delete(key)) return;
    this.run.counts[isOfKind(key, "services") ? "services" : "incidents"].failed -= 1;
    this.#mended.add(key);
  }

  #setAside(keys: readonly ObjectKey[]): void {
    if (keys.length === 0) return;
    this.run.aside = [...new Set([...(this.run.aside ?? []), ...keys])];
  }

  #forgetAside(isForgotten: (key: ObjectKey) => boolean): void {
    if (this.run.aside === undefined) return;
    this.run.aside = this.run.aside.filter((key) => !isForgotten(key));
  }

  #tellProblems(kind: ImportKind, { problems }: ImportWritten): void {
    const counts = this.run.counts[kind];
    for (const { objectId, field, message } of problems) {
      this.#emit({ type: "problem", message: `${kind}/${objectId} ${field}: ${message}` });
    }
    if (problems.length > 0) counts.fieldProblems = (counts.fieldProblems ?? 0) + problems.length;
  }
}

function isWaiting({ refused }: WrittenEntry): boolean {
  return refused.length > 0 && refused.every(isForWantOfAnother);
}
