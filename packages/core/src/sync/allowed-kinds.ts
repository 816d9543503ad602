import { HttpError } from "../errors.ts";
import type { ImportKind } from "./import-history.ts";

/** The kinds of an import, and which of them PagerDuty refuses: the token may not read them, or the plan has none. */
export class AllowedKinds {
  readonly #kinds: readonly ImportKind[];
  readonly #refused = new Set<ImportKind>();
  readonly #onRefusal: (problem: string) => void;

  constructor(kinds: readonly ImportKind[], onRefusal: (problem: string) => void) {
    this.#kinds = kinds;
    this.#onRefusal = onRefusal;
  }

  isRefused(kind: ImportKind): boolean {
    return this.#refused.has(kind);
  }

  /**
   * Does the work of one kind, unless that kind is not wanted or refused: it fails alone.
   *
   * @throws {HttpError} 402 and 403 when no other kind is left
   */
  async try<Result>(kind: ImportKind, work: () => Promise<Result>): Promise<Result | undefined> {
    if (!this.#kinds.includes(kind) || this.#refused.has(kind)) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HttpError) || error.host !== "PagerDuty") throw error;
      if (error.status !== 402 && error.status !== 403) throw error;
      this.#refused.add(kind);
      if (this.#refused.size === this.#kinds.length) throw error;
      this.#onRefusal(`${kind} could not be read: ${error.message}`);
      return undefined;
    }
  }
}
