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
  const reader = request.body.getReader();
  const ended = new AbortController();
  const late = isLate(clock, ended.signal);
  // One growing piece of memory: a body may come byte by byte.
  let room = new Uint8Array(announced > 0 ? announced : firstRoom);
  let length = 0;
  try {
    for (;;) {
      const part = await Promise.race([reader.read(), late]);
      if (part === "late") return { problem: "too slow" };
      if (part.done) return { body: room.subarray(0, length) };
      const size = length + part.value.length;
      if (size > largestBody) return { problem: "too large" };
      if (size > room.length) room = enlarge(room.subarray(0, length), size);
      room.set(part.value, length);
      length = size;
    }
  } catch {
    return { problem: "broken off" };
  } finally {
    ended.abort();
    // Whatever is left of it is of no use; one that has ended minds nothing.
    reader.cancel().catch(() => undefined);
  }
}

function enlarge(bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const room = new Uint8Array(Math.max(least, Math.min(bytes.length * 2, largestBody)));
  room.set(bytes);
  return room;
}

/** Resolves when the time is over, and never where the body ends before. */
async function isLate(clock: Clock, signal: AbortSignal): Promise<"late"> {
  try {
    await clock.sleep(bodyTimeLimit, signal);
  } catch {
    // Nobody waits for it any more.
  }
  return "late";
}
