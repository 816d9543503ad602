import { listFresher } from "../store/freshness.ts";
import { type Production, recordProduced } from "../store/produced.ts";
import type { RunStore } from "./run-store.ts";

/** Productions that are kept until they are written. */
const mostKept = 20_000;

/**
 * What objects produce of which nothing differs from what Port has. It is remembered in few large
 * transactions: objects lie anywhere in the table, and each transaction that touches some rewrites most
 * of it.
 */
export class SeenObjects {
  readonly #store: RunStore;
  #kept: Production[] = [];

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** Takes in what objects produce that nobody has claimed for the run. */
  async add(productions: readonly Production[]): Promise<void> {
    this.#kept.push(...productions);
    if (this.#kept.length >= mostKept) await this.flush();
  }

  /** Remembers all that was taken in. */
  async flush(): Promise<void> {
    const kept = this.#kept;
    if (kept.length === 0) return;
    this.#kept = [];
    const { sql, run } = this.#store;
    await sql.transaction(async (inside) => {
      // What a live event has found since takes the place of what the page said.
      const fresher = new Set(await listFresher(inside, run.number));
      const seen = kept.filter(({ object }) => !fresher.has(object));
      await recordProduced(inside, seen, run.number);
    });
  }
}
