import { mostPostsInFlight } from "../sink/connect-ingest.ts";
import type { Delivery, Outcome } from "../sink/sink.ts";
import type { ImportRun } from "../store/import-state.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import { readFailedFile, type RefusedDelivery, writeFailedFile } from "./failed-file.ts";
import { keyOf } from "./import-items.ts";

const kinds = ["services", "incidents"] as const;

export interface PostRefusedOptions {
  /** The file of refused objects. */
  readonly path: string;
  readonly run: ImportRun;
  readonly post: (delivery: Delivery) => Promise<Outcome>;
  /** Called when an object could not be posted for reasons of its host. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Posts what Port refused in earlier runs, and keeps in the file what it refuses again.
 *
 * @returns what is still refused, by {@link keyOf}; undefined where there was nothing to post
 */
export async function postRefused(
  options: PostRefusedOptions,
): Promise<ReadonlySet<string> | undefined> {
  const { path, run } = options;
  const refused = await readFailedFile(path);
  if (refused.length === 0) return undefined;
  const remaining = new Map(refused.map((delivery) => [keyOf(delivery), delivery]));
  try {
    // As in the import itself: no incident before the last service was answered.
    for (const kind of kinds) {
      const ofKind = refused.filter((delivery) => delivery.kind === kind);
      await postAgain(ofKind, remaining, options);
    }
  } finally {
    // What was accepted is not posted again, however this ends.
    await writeFailedFile(path, [...remaining.values()]);
  }
  for (const kind of kinds) {
    const left = [...remaining.values()].filter((delivery) => delivery.kind === kind);
    run.counts[kind].failed = left.length;
  }
  return new Set(remaining.keys());
}

async function postAgain(
  refused: readonly RefusedDelivery[],
  remaining: Map<string, RefusedDelivery>,
  { run, post, onFailure }: PostRefusedOptions,
): Promise<void> {
  await deliverInOrder(inTurn(refused), {
    mostInFlight: mostPostsInFlight,
    send: (delivery: RefusedDelivery) => post(delivery),
    onSettled: (delivery, outcome) => {
      if (outcome?.accepted === false) {
        const { status, reason } = outcome;
        remaining.set(keyOf(delivery), { ...delivery, status, reason });
      } else {
        remaining.delete(keyOf(delivery));
        run.counts[delivery.kind].delivered += 1;
      }
    },
    onFailure,
    onPause: () => Promise.resolve(),
  });
}

async function* inTurn<Item>(items: readonly Item[]): AsyncGenerator<Item, void> {
  yield* items;
}
