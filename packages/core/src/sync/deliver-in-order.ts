/** Items that wait behind a slow one are kept up to this number; then nothing new is started. */
const mostWaitingByDefault = 1000;

export interface DeliverOptions<Item, Outcome> {
  /**
   * Delivers one item; rejects when no further one can be delivered. Undefined for an item that only has
   * its place in the order.
   */
  readonly send: (item: Item) => Promise<Outcome> | undefined;
  readonly mostInFlight: number;
  /** Items kept at a time: those under way, and answered ones that wait behind a slow one. @default 1000 */
  readonly mostWaiting?: number;
  /** Called for each item in the order of the stream, once it and all before it have been answered. */
  readonly onSettled: (item: Item, outcome: Outcome | undefined) => void;
  /** Called when an item could not be delivered: what is still being read is in vain. */
  readonly onFailure?: (error: unknown) => void;
  /** Called between items; awaited, so that saving holds back what comes next. */
  readonly onPause: () => Promise<void>;
}

interface Pending<Item, Outcome> {
  readonly item: Item;
  outcome?: { readonly value: Outcome | undefined };
}

/**
 * Delivers a stream with several in flight, and reports in the order of the stream. The first goes
 * alone: what is wrong with the address or the credentials shows before others are sent. When one
 * cannot be delivered, or the stream fails, those in flight are waited for.
 */
export async function deliverInOrder<Item, Outcome>(
  items: AsyncIterable<Item>,
  options: DeliverOptions<Item, Outcome>,
): Promise<void> {
  const { send, mostInFlight, onSettled, onFailure, onPause } = options;
  const { mostWaiting = mostWaitingByDefault } = options;
  const waiting: Pending<Item, Outcome>[] = [];
  let inFlight = 0;
  let isProven = false;
  let failure: { readonly error: unknown } | undefined;
  let changed: (() => void) | undefined;

  const start = (item: Item): void => {
    const pending: Pending<Item, Outcome> = { item };
    waiting.push(pending);
    const sending = send(item);
    if (sending === undefined) {
      pending.outcome = { value: undefined };
      settle();
      return;
    }
    inFlight += 1;
    void run(pending, sending);
  };
  const run = async (pending: Pending<Item, Outcome>, sending: Promise<Outcome>): Promise<void> => {
    try {
      pending.outcome = { value: await sending };
      isProven = true;
      settle();
    } catch (error) {
      failure ??= { error };
      onFailure?.(error);
    }
    inFlight -= 1;
    changed?.();
  };
  const settle = (): void => {
    for (;;) {
      const [head] = waiting;
      if (head?.outcome === undefined) return;
      waiting.shift();
      onSettled(head.item, head.outcome.value);
    }
  };
  const nextChange = (): Promise<void> =>
    new Promise((resolve) => {
      changed = resolve;
    });
  const isFull = (): boolean =>
    inFlight >= (isProven ? mostInFlight : 1) || waiting.length >= mostWaiting;

  try {
    for await (const item of items) {
      while (isFull() && failure === undefined) await nextChange();
      if (failure !== undefined) break;
      start(item);
      await onPause();
    }
  } finally {
    while (inFlight > 0) await nextChange();
  }
  if (failure !== undefined) throw failure.error;
}
