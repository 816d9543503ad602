import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** Milliseconds that pass at once where nothing is under way. */
const step = 20;
/** Milliseconds of the machine for what is neither asked nor answered, as writing files. */
const pause = 2;

/** Time that passes only while no request is under way: how fast the machine is does not count. */
export interface IdleTime {
  readonly clock: FakeClock;
  /** Asks over the network; each answer takes some of that time besides. */
  readonly fetch: typeof globalThis.fetch;
  /** The same, and no time passes with it: what is asked so arrives as steadily as it is sent. */
  readonly fetchAtOnce: typeof globalThis.fetch;
  /** Lets time pass until it is settled. */
  readonly pass: <Value>(promise: Promise<Value>) => Promise<Value>;
  /** Aborted once so many milliseconds have passed. */
  readonly timeout: (milliseconds: number) => AbortSignal;
}

/** @param latency milliseconds that the next answer takes */
export function createIdleTime(latency: () => number = () => 0): IdleTime {
  const clock = new FakeClock(testClock.now());
  let underWay = 0;
  type Asked = Parameters<typeof globalThis.fetch>;
  const askLate = async (...asked: Asked): Promise<Response> => {
    await clock.sleep(latency(), asked[1]?.signal ?? undefined);
    return ask(...asked);
  };
  const ask = async (...asked: Asked): Promise<Response> => {
    underWay += 1;
    try {
      const answer = await fetch(...asked);
      return new Response(await answer.arrayBuffer(), answer);
    } finally {
      underWay -= 1;
    }
  };
  return {
    clock,
    fetch: Object.assign(askLate, { preconnect: fetch.preconnect }),
    fetchAtOnce: Object.assign(ask, { preconnect: fetch.preconnect }),
    async pass(promise) {
      let isSettled = false;
      const settled = promise.finally(() => {
        isSettled = true;
      });
      settled.catch(() => undefined);
      while (!isSettled) {
        await testClock.sleep(pause);
        if (underWay === 0) await clock.advance(step);
      }
      return settled;
    },
    timeout(milliseconds) {
      const controller = new AbortController();
      void clock
        .sleep(milliseconds)
        .then(() => controller.abort(new DOMException("The time is over", "TimeoutError")));
      return controller.signal;
    },
  };
}
