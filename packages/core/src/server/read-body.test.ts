import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { createBodyBudget, smallBody } from "./body-budget.ts";
import { type BodyProblem, bodyTimeLimit, largestBody, readBody } from "./read-body.ts";

interface Sender {
  /** `content-length`; undefined: chunked. */
  readonly announced?: number;
  /** Bytes of a piece. */
  readonly piece: number;
  /** Milliseconds from one piece to the next; the first comes with the head. */
  readonly every: number;
  /** After so many pieces it ends; else it goes on for ever. */
  readonly pieces?: number;
  /** Whether it breaks off instead of ending. */
  readonly breaks?: boolean;
}

const senders: readonly (readonly [string, Sender, number | BodyProblem, number])[] = [
  ["small and whole", { announced: 200, piece: 100, every: 0, pieces: 2 }, 200, 0],
  ["small over a bad line", { announced: 200, piece: 100, every: 4500, pieces: 2 }, 200, 4500],
  [
    "small, one byte in a while",
    { announced: 200, piece: 1, every: 100 },
    "too slow",
    bodyTimeLimit,
  ],
  ["chunked, one byte in a while", { piece: 1, every: 100 }, "too slow", bodyTimeLimit],
  ["chunked and whole", { piece: 1000, every: 10, pieces: 300 }, 300_000, 2990],
  [
    "as large as may be, in time",
    { announced: largestBody, piece: largestBody / 4, every: 1000, pieces: 4 },
    largestBody,
    3000,
  ],
  [
    "large and steady, but too long",
    { announced: largestBody, piece: 20_000, every: 1000 },
    "too slow",
    bodyTimeLimit,
  ],
  [
    "large, and hardly a byte",
    { announced: largestBody, piece: 100, every: 100 },
    "too slow",
    2000,
  ],
  [
    "large by what came, then nothing",
    { piece: smallBody + 1, every: 60_000 },
    "too slow",
    bodyTimeLimit,
  ],
  [
    "longer than announced, and too long",
    { announced: 20_000, piece: largestBody, every: 10, pieces: 2 },
    "too large",
    10,
  ],
  ["too large, announced", { announced: largestBody + 1, piece: 1, every: 10 }, "too large", 0],
  [
    "broken off",
    { announced: 100_000, piece: 50_000, every: 10, pieces: 1, breaks: true },
    "broken off",
    10,
  ],
];

for (const [title, sender, expected, milliseconds] of senders) {
  test(`readBody() ${title}: ${expected} after ${milliseconds} ms, and its share is given back`, async () => {
    const clock = new FakeClock();
    const bodies = createBodyBudget({ clock });
    const startedAt = clock.now();
    const { body, problem } = await clock.drive(readBody(send(sender, clock), { clock, bodies }));
    expect(problem ?? body?.length).toBe(expected);
    expect(clock.now() - startedAt).toBe(milliseconds);
    expect(bodies.used).toEqual({ small: 0, large: 0 });
  });
}

test("readBody() says so when its bytes were needed for another", async () => {
  const clock = new FakeClock();
  const bodies = createBodyBudget({ clock });
  const first = readBody(send({ piece: smallBody, every: 60_000 }, clock), { clock, bodies });
  await clock.settle();
  expect(bodies.used.small).toBe(smallBody);
  for (let count = 0; count < 128; count += 1) {
    bodies.begin(undefined, () => undefined).take(smallBody);
  }
  expect(await first).toEqual({ problem: "busy" });
});

function send({ announced, piece, every, pieces = Infinity, breaks }: Sender, clock: FakeClock) {
  let sent = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (sent > 0 && every > 0 && (sent < pieces || breaks === true)) await clock.sleep(every);
      if (sent === pieces) {
        if (breaks === true) controller.error(new Error("reset"));
        else controller.close();
        return;
      }
      sent += 1;
      controller.enqueue(new Uint8Array(piece));
    },
  });
  const headers = announced === undefined ? undefined : { "content-length": String(announced) };
  return new Request("http://a.test/webhook", {
    method: "POST",
    body,
    ...(headers && { headers }),
  });
}
