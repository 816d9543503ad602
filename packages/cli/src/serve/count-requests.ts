import type { Handler } from "../listen.ts";

/** A handler that knows how many requests it is busy with. */
export interface CountedHandler {
  readonly handle: Handler;
  /** From now on answers ask the other side to hang up; resolves when none is under way. */
  drain(): Promise<void>;
}

/** Counts requests until each has its answer. */
export function countRequests(handler: Handler): CountedHandler {
  let underWay = 0;
  let onIdle: (() => void) | undefined;
  let isDraining = false;
  return {
    async handle(request, cut, readAddress) {
      underWay += 1;
      try {
        const response = await handler(request, cut, readAddress);
        if (isDraining) response.headers.set("connection", "close");
        return response;
      } finally {
        underWay -= 1;
        if (underWay === 0) onIdle?.();
      }
    },
    drain() {
      isDraining = true;
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onIdle = resolve;
      });
    },
  };
}
