export interface ReadAheadOptions<Item> {
  /** How much of {@link ReadAheadOptions.most} an item takes up. */
  readonly sizeOf: (item: Item) => number;
  /** While this much or more is kept that nobody has taken, no other item is asked for. */
  readonly most: number;
}

/**
 * Takes items from where they come before anybody asks for them, as many as there is room for, and gives
 * them out in their order. What ends the reading is told to whoever takes the items, after the last one
 * that came before it.
 */
export class ReadAhead<Item> {
  readonly #options: ReadAheadOptions<Item>;
  readonly #items: Item[] = [];
  #held = 0;
  #end: { readonly error?: unknown } | undefined;
  #isClosed = false;
  readonly #reading: Promise<void>;
  /** Whoever waits: for room, or for an item; never both. */
  #changed: (() => void) | undefined;

  /** Begins to read at once. */
  constructor(source: AsyncIterable<Item>, options: ReadAheadOptions<Item>) {
    this.#options = options;
    this.#reading = this.#read(source);
  }

  /** Gives out everything, once. */
  async *items(): AsyncGenerator<Item, void> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#held -= this.#options.sizeOf(item);
        this.#tell();
        yield item;
      } else if (this.#end === undefined) {
        await this.#change();
      } else {
        if ("error" in this.#end) throw this.#end.error;
        return;
      }
    }
  }

  /** Ends the reading at its next item, and waits for that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tell();
    await this.#reading;
  }

  async #read(source: AsyncIterable<Item>): Promise<void> {
    const { sizeOf, most } = this.#options;
    try {
      for await (const item of source) {
        this.#items.push(item);
        this.#held += sizeOf(item);
        this.#tell();
        while (this.#held >= most && !this.#isClosed) await this.#change();
        if (this.#isClosed) break;
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
    this.#tell();
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
  }

  #tell(): void {
    this.#changed?.();
    this.#changed = undefined;
  }
}
