import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";
import type { JqEngine } from "../map/jq/engine.ts";
import { createMapper, type Mapper } from "../map/mapper.ts";
import type { Mapping } from "../map/mapping.ts";

/** How long a mapping counts before it is asked for again, milliseconds: Ocean's own figure. */
const lasts = 60_000;

/** The mapping that counts at the moment. */
export class CurrentMapping {
  readonly #clock: Clock;
  readonly #engine: JqEngine;
  readonly #read: (signal: AbortSignal) => Promise<Mapping | undefined>;
  readonly #onChange: () => void;
  #known: { readonly mapper: Mapper | undefined; readonly digest: string } | undefined;
  #readAt = -Infinity;

  constructor(options: {
    readonly clock: Clock;
    /** Outlives every mapping. */
    readonly engine: JqEngine;
    readonly read: (signal: AbortSignal) => Promise<Mapping | undefined>;
    /** Told when the first one is known, and when there is another. */
    readonly onChange: () => void;
  }) {
    this.#clock = createSteadyClock(options.clock);
    this.#engine = options.engine;
    this.#read = options.read;
    this.#onChange = options.onChange;
  }

  /** Undefined before it was read, and for one without resources. */
  get mapper(): Mapper | undefined {
    return this.#known?.mapper;
  }

  /** Tells mappings apart; empty before one was read. */
  get digest(): string {
    return this.#known?.digest ?? "";
  }

  /** Whether it was read, whatever it holds. */
  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  /** Whether it is time to ask for it again. */
  get isDue(): boolean {
    return this.#clock.now() - this.#readAt >= lasts;
  }

  /**
   * Asks for the mapping. Where that fails, the one that is known goes on counting.
   *
   * @throws what reading throws: Port does not answer, or the mapping has mistakes
   */
  async refresh(signal: AbortSignal): Promise<void> {
    // Whatever comes of it: a mistake is not to be told every second.
    this.#readAt = this.#clock.now();
    const mapping = await this.#read(signal);
    const digest = digestOf(mapping);
    if (this.#known?.digest === digest) return;
    const mapper =
      mapping === undefined ? undefined : createMapper(mapping, { engine: this.#engine });
    this.#known = { mapper, digest };
    this.#onChange();
  }
}

/** Tells mappings apart: a hash of the document. */
export function digestOf(mapping: Pick<Mapping, "document"> | undefined): string {
  const text = JSON.stringify(mapping?.document ?? null);
  return createHash("sha256").update(text).digest("base64url");
}
