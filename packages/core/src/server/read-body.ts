import { setImmediate } from "node:timers/promises";
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
  try {
    // What is announced cannot turn out larger, and is had faster at one go.
    if (announced > 0) return await readAtOnce(request, clock);
    if (request.body === null) return { body: new Uint8Array(0) };
    return await readByPieces(request.body.getReader(), clock);
  } catch {
    return { problem: "broken off" };
  }
}

async function readAtOnce(request: Request, clock: Clock): Promise<BodyReading> {
  const reading = request.arrayBuffer();
  // Most bodies come with their heads: nothing has to watch the time then.
  const bytes =
    (await Promise.race([reading, setImmediate(undefined)])) ?? (await endInTime(reading, clock));
  if (bytes === undefined) return { problem: "too slow" };
  const body = new Uint8Array(bytes);
  return body.length > largestBody ? { problem: "too large" } : { body };
}

async function readByPieces(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  clock: Clock,
): Promise<BodyReading> {
  try {
    return (await endInTime(readPieces(reader), clock)) ?? { problem: "too slow" };
  } finally {
    // Whatever is left of it is of no use; one that has ended minds nothing.
    reader.cancel().catch(() => undefined);
  }
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

/** Undefined where it does not end in time. */
async function endInTime<Value>(reading: Promise<Value>, clock: Clock): Promise<Value | undefined> {
  const ended = new AbortController();
  const late = clock.sleep(bodyTimeLimit, ended.signal).catch(() => undefined);
  try {
    return await Promise.race([reading, late.then(() => undefined)]);
  } finally {
    // A reason of its own: an error would be made for each request otherwise.
    ended.abort("ended");
  }
}
