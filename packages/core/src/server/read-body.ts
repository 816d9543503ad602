import { setImmediate } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { type BodyBudget, type BodyShare } from "./body-budget.ts";
import { discardBytes, type Gatherer, gatherBytes } from "./gather-bytes.ts";

/** Four times the largest event that PagerDuty sends (256 kB). */
export const largestBody = 1024 * 1024;
/** Milliseconds that a body may take to arrive; PagerDuty hangs up after 5 seconds. */
export const bodyTimeLimit = 5000;
/** Bytes a second that a large body has to bring after its first second, on average. */
const leastPace = 16 * 1024;
/** Milliseconds from one look at its pace to the next. */
const paceInterval = 1000;
/**
 * Bytes up to which an announced body is read at one go, which costs a third less and does not tell what
 * has arrived: while it is waited for, all that was announced counts.
 */
const readAtOnceUpTo = 16 * 1024;

export type BodyReading =
  | { readonly body: Uint8Array; readonly problem?: undefined }
  | { readonly body?: undefined; readonly problem: BodyProblem };

/** `busy`: others that are being read left no room for it. */
export type BodyProblem = "too large" | "too slow" | "broken off" | "busy";

export interface ReadBodyDeps {
  readonly clock: Clock;
  readonly bodies: BodyBudget;
}

/** The length that a request announces; undefined where it announces none that is one. */
export function announcedLength({ headers }: Request): number | undefined {
  const announced = headers.get("content-length");
  if (announced === null || announced === "") return undefined;
  const length = Number(announced);
  return Number.isFinite(length) ? length : undefined;
}

/** Reads a body whole, as far as it is not too large, announced or not, does not take too long, and there is room. */
export async function readBody(request: Request, deps: ReadBodyDeps): Promise<BodyReading> {
  const announced = announcedLength(request);
  if (announced !== undefined && announced > largestBody) return { problem: "too large" };
  try {
    if (announced !== undefined && announced > 0 && announced <= readAtOnceUpTo)
      return await readAtOnce(request, announced, deps);
    if (deps.bodies.refuses(announced)) return { problem: "busy" };
    if (request.body === null) return { body: new Uint8Array(0) };
    return await readByPieces(request.body.getReader(), announced, deps);
  } catch {
    return { problem: "broken off" };
  }
}

async function readAtOnce(
  request: Request,
  announced: number,
  deps: ReadBodyDeps,
): Promise<BodyReading> {
  const reading = request.arrayBuffer();
  // Most bodies come with their heads: nothing has to watch the time or the room then.
  const bytes = await Promise.race([reading, setImmediate(undefined)]);
  if (bytes !== undefined) return { body: new Uint8Array(bytes) };
  return readWithin(announced, deps, async (share) => {
    if (!share.take(announced)) return { problem: "busy" };
    return { body: new Uint8Array(await reading) };
  });
}

async function readByPieces(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  announced: number | undefined,
  deps: ReadBodyDeps,
): Promise<BodyReading> {
  const pieces = gatherBytes();
  try {
    return await readWithin(announced, deps, (share) => readPieces(reader, pieces, share));
  } finally {
    // Whatever is left of it is of no use; one that has ended minds nothing.
    reader.cancel().catch(() => undefined);
    pieces.discard();
  }
}

async function readPieces(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  pieces: Gatherer,
  share: BodyShare,
): Promise<BodyReading> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { body: pieces.join() };
    const isTooLarge = share.held + value.length > largestBody;
    if (isTooLarge || !share.take(value.length)) {
      discardBytes(value);
      return { problem: isTooLarge ? "too large" : "busy" };
    }
    pieces.add(value);
  }
}

/** Reads as long as the body keeps its room and its pace; whatever comes of it, the room is given back. */
async function readWithin(
  announced: number | undefined,
  { clock, bodies }: ReadBodyDeps,
  read: (share: BodyShare) => Promise<BodyReading>,
): Promise<BodyReading> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<BodyReading>();
  const share = bodies.begin(announced, () => stop({ problem: "busy" }));
  const ended = new AbortController();
  const late = untilTooSlow(share, clock, ended.signal);
  late.then(
    () => stop({ problem: "too slow" }),
    () => undefined,
  );
  try {
    return await Promise.race([read(share), stopped]);
  } finally {
    // A reason of its own: an error would be made for each request otherwise.
    ended.abort("ended");
    share.end();
  }
}

/** Resolves when it has taken too long, or is too large to come that slowly. */
async function untilTooSlow(share: BodyShare, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let elapsed = paceInterval; elapsed <= bodyTimeLimit; elapsed += paceInterval) {
    await clock.sleep(paceInterval, signal);
    const least = (leastPace * (elapsed - paceInterval)) / 1000;
    if (!share.isSmall && share.held < least) return;
  }
}
