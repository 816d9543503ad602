import type { Clock } from "../clock.ts";

/** Four times the largest event that PagerDuty sends (256 kB). */
export const largestBody = 1024 * 1024;
/** Milliseconds that a body may take to arrive; PagerDuty hangs up after 5 seconds. */
export const bodyTimeLimit = 10_000;
/** Room for a body of unknown length, to begin with: most events are smaller. */
const firstRoom = 8192;

export type BodyReading =
  | { readonly body: Uint8Array; readonly problem?: undefined }
  | { readonly body?: undefined; readonly problem: "too large" | "too slow" | "broken off" };

/** Reads a body whole, as far as it is not too large, announced or not, and does not take too long. */
export async function readBody(request: Request, clock: Clock): Promise<BodyReading> {
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > largestBody) return { problem: "too large" };
  if (request.body === null) return { body: new Uint8Array(0) };
  // What is announced cannot turn out larger, and is had faster at one go.
  const reader = announced > 0 ? undefined : request.body.getReader();
  const ended = new AbortController();
  try {
    const reading = reader === undefined ? readAtOnce(request) : readPieces(reader);
    return await Promise.race([reading, waitUntilLate(clock, ended.signal)]);
  } catch {
    return { problem: "broken off" };
  } finally {
    // A reason of its own: an error would be made for each request otherwise.
    ended.abort("ended");
    // Whatever is left of it is of no use; one that has ended minds nothing.
    reader?.cancel().catch(() => undefined);
  }
}

async function readAtOnce(request: Request): Promise<BodyReading> {
  const body = new Uint8Array(await request.arrayBuffer());
  return body.length > largestBody ? { problem: "too large" } : { body };
}

async function readPieces(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<BodyReading> {
  // One growing piece of memory: a body may come byte by byte.
  let room = new Uint8Array(firstRoom);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { body: room.subarray(0, length) };
    const size = length + value.length;
    if (size > largestBody) return { problem: "too large" };
    if (size > room.length) room = enlarge(room, size);
    room.set(value, length);
    length = size;
  }
}

function enlarge(bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const room = new Uint8Array(Math.max(least, Math.min(bytes.length * 2, largestBody)));
  room.set(bytes);
  return room;
}

async function waitUntilLate(clock: Clock, signal: AbortSignal): Promise<BodyReading> {
  try {
    await clock.sleep(bodyTimeLimit, signal);
  } catch {
    // The body has ended before, and nobody waits for this any more.
  }
  return { problem: "too slow" };
}
