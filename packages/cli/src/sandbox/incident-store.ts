import type { Person, Priority, Reference } from "./account-data.ts";
import type { IncidentData, IncidentLife } from "./incident-data.ts";
import type { IncidentChange, IncidentDetails } from "./incident-details.ts";
import type { Service } from "./service-data.ts";

interface CreatedIncident {
  readonly index: number;
  readonly createdAt: number;
  readonly serviceIndex: number;
  readonly title: string | undefined;
}

/** All incidents: the generated ones, those created later, and what has happened to either since. */
export class IncidentStore {
  readonly data: IncidentData;
  /** By index minus the number of generated ones. */
  readonly #created: CreatedIncident[] = [];
  /** Only what was changed; everything else is computed. */
  readonly #lives = new Map<number, IncidentLife>();
  readonly #details = new Map<number, IncidentDetails>();
  readonly #changes: IncidentChange[] = [];

  #version = 0;
  #firstReopened = Number.POSITIVE_INFINITY;

  constructor(data: IncidentData) {
    this.data = data;
  }

  /** How many there are, of whatever time. */
  get size(): number {
    return this.data.count + this.#created.length;
  }

  /** The index of an incident by its id or its number; undefined where there is none. */
  find(idOrNumber: string): number | undefined {
    const index = /^\d{1,10}$/.test(idOrNumber)
      ? Number(idOrNumber) - 1
      : this.data.indexOf(idOrNumber);
    return index !== undefined && index >= 0 && index < this.size ? index : undefined;
  }

  /** Seconds since 1970. */
  createdAt(index: number): number {
    return this.#createdOf(index)?.createdAt ?? this.data.times.at(index);
  }

  serviceIndex(index: number): number {
    return this.details(index)?.serviceIndex ?? this.firstServiceIndex(index);
  }

  /** The service that it was created in. */
  firstServiceIndex(index: number): number {
    return this.#createdOf(index)?.serviceIndex ?? this.data.serviceIndex(index);
  }

  service(index: number): Service {
    return this.data.services.at(this.serviceIndex(index));
  }

  title(index: number): string {
    return this.#createdOf(index)?.title ?? this.data.title(index, this.service(index));
  }

  policy(index: number): Reference {
    return this.details(index)?.policy ?? this.service(index).policy;
  }

  /** Who has to do with it while it is open. */
  assignees(index: number): readonly Person[] {
    return this.details(index)?.assignees ?? [this.data.person(index)];
  }

  priority(index: number): Priority | null {
    const changed = this.details(index)?.priority;
    return changed === undefined ? this.data.priority(index) : changed;
  }

  urgency(index: number): "high" | "low" {
    return this.details(index)?.urgency ?? this.data.urgency(index);
  }

  /** What was changed of it besides its status. */
  details(index: number): IncidentDetails | undefined {
    return this.#details.get(index);
  }

  life(index: number): IncidentLife {
    const changed = this.#lives.get(index);
    if (changed !== undefined) return changed;
    const created = this.#createdOf(index);
    if (created === undefined) return this.data.life(index);
    return {
      status: "triggered",
      acknowledgedAt: undefined,
      resolvedAt: undefined,
      changedAt: created.createdAt,
    };
  }

  /** @param createdAt seconds since 1970 */
  create(serviceIndex: number, createdAt: number, title: string | undefined): number {
    const index = this.size;
    this.#created.push({ index, createdAt, serviceIndex, title });
    this.#version++;
    return index;
  }

  /** False where it is resolved, and stays so. @param at seconds since 1970 */
  acknowledge(index: number, at: number): boolean {
    const life = this.life(index);
    if (life.status === "resolved") return false;
    this.#lives.set(index, { ...life, status: "acknowledged", acknowledgedAt: at, changedAt: at });
    this.note({ index, at, type: "acknowledge" });
    return true;
  }

  /** False where it is resolved already. @param at seconds since 1970 */
  resolve(index: number, at: number): boolean {
    const life = this.life(index);
    if (life.status === "resolved") return false;
    this.#lives.set(index, { ...life, status: "resolved", resolvedAt: at, changedAt: at });
    this.note({ index, at, type: "resolve" });
    return true;
  }

  /** Makes an incident triggered again, whatever it was. @param at seconds since 1970 */
  reopen(index: number, at: number): void {
    const wasResolved = this.life(index).status === "resolved";
    const opened = { acknowledgedAt: undefined, resolvedAt: undefined, changedAt: at };
    this.#lives.set(index, { status: "triggered", ...opened });
    this.#firstReopened = Math.min(this.#firstReopened, index);
    if (wasResolved) this.#details.set(index, { ...this.details(index), reopenedAt: at });
    this.note({ index, at, type: "unacknowledge" });
  }

  /** Changes something else than the status. */
  change(change: IncidentChange, details: IncidentDetails = {}): void {
    const before = this.details(change.index);
    this.#details.set(change.index, { ...before, ...details, updatedAt: change.at });
    this.note(change);
  }

  /** Remembers that something was done to an incident. */
  note(change: IncidentChange): void {
    this.#changes.push(change);
    this.#version++;
  }

  /** How many were created while the sandbox ran; their indexes are the last ones. */
  get createdCount(): number {
    return this.#created.length;
  }

  /** What was done while the sandbox ran, in order. */
  get changes(): readonly IncidentChange[] {
    return this.#changes;
  }

  /** Another one whenever anything has changed. */
  get version(): number {
    return this.#version;
  }

  /** The incidents that may be open. */
  *maybeOpen(): Iterable<number> {
    const { firstOpen } = this.data;
    for (const index of this.#lives.keys()) if (index < firstOpen) yield index;
    for (let index = firstOpen; index < this.size; index++) yield index;
  }

  /** Indexes from here on may be open; those before it are all resolved. */
  get firstOpen(): number {
    return Math.min(this.data.firstOpen, this.#firstReopened);
  }

  /** Indexes of the incidents that were created later and within [from, to], seconds since 1970, in order of index. */
  createdWithin(from: number, to: number): number[] {
    return this.#created
      .filter(({ createdAt }) => createdAt >= from && createdAt <= to)
      .map(({ index }) => index);
  }

  #createdOf(index: number): CreatedIncident | undefined {
    return this.#created[index - this.data.count];
  }
}
