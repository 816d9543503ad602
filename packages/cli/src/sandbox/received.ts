/** How much of what the ingest accepted is kept. */
export type Recording = "all" | "last" | "count";

/** What the ingest accepted. */
export interface Received {
  /** Accepted payloads. */
  readonly total: number;
  /** Different identifiers among them. */
  readonly distinct: number;
  /** Accepted payloads by their event type. */
  readonly byType: Readonly<Record<string, number>>;
  /** How often that identifier was accepted (counting stops at 255 for incidents of the sandbox). */
  count(identifier: string): number;
  /** The last payload of an identifier; always undefined where only counts are kept. */
  last(identifier: string): unknown;
  /** Every payload in order of arrival; empty unless `all` are kept. */
  readonly payloads: readonly unknown[];
  /** The identifiers whose payloads are kept, in order of first arrival. */
  identifiers(): string[];
}

const mostCounted = 255;

/** Keeps what the ingest accepted; one byte for each incident of the sandbox, so that a million costs little. */
export class ReceivedLog implements Received {
  total = 0;
  distinct = 0;
  readonly byType: Record<string, number> = {};
  readonly payloads: unknown[] = [];
  readonly #recording: Recording;
  readonly #indexOf: (identifier: string) => number | undefined;
  readonly #incidents: Uint8Array;
  readonly #others = new Map<string, number>();
  readonly #last = new Map<string, unknown>();

  /**
   * @param incidents how many incidents the sandbox generates
   * @param indexOf the index of a generated incident's id
   */
  constructor(
    recording: Recording,
    incidents: number,
    indexOf: (identifier: string) => number | undefined,
  ) {
    this.#recording = recording;
    this.#indexOf = indexOf;
    this.#incidents = new Uint8Array(incidents);
  }

  /** Notes one accepted payload. */
  add(payload: unknown): void {
    const { identifier, type } = identityOf(payload);
    this.total++;
    this.byType[type] = (this.byType[type] ?? 0) + 1;
    if (this.#recording === "all") this.payloads.push(payload);
    if (this.#recording !== "count") this.#last.set(identifier, payload);

    const before = this.count(identifier);
    if (before === 0) this.distinct++;
    const index = this.#generatedIndex(identifier);
    if (index === undefined) this.#others.set(identifier, before + 1);
    else this.#incidents[index] = Math.min(mostCounted, before + 1);
  }

  count(identifier: string): number {
    const index = this.#generatedIndex(identifier);
    return (index === undefined ? this.#others.get(identifier) : this.#incidents[index]) ?? 0;
  }

  last(identifier: string): unknown {
    return this.#last.get(identifier);
  }

  identifiers(): string[] {
    return [...this.#last.keys()];
  }

  #generatedIndex(identifier: string): number | undefined {
    const index = this.#indexOf(identifier);
    return index !== undefined && index < this.#incidents.length ? index : undefined;
  }
}

/** `event.event_type` and `event.data.identifier` of a payload; of others, what there is. */
function identityOf(payload: unknown): { readonly identifier: string; readonly type: string } {
  const event = fieldOf(payload, "event") ?? payload;
  const identifier = fieldOf(fieldOf(event, "data"), "identifier") ?? fieldOf(event, "identifier");
  const type = fieldOf(event, "event_type");
  return {
    identifier: typeof identifier === "string" ? identifier : "",
    type: typeof type === "string" ? type : "",
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
