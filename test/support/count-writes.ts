import type { Sandbox } from "@pagerport/cli/sandbox";

/** Questions that Port takes as POST. */
const questions = /\/(search|datasource-entities|access_token)(\?|$)/;

/** Requests to a sandbox's Port that change something there. */
export interface WriteCount extends Disposable {
  /** All so far: entities, blueprints, the integration and its resync state. */
  readonly all: number;
  /** Of these, deletions. */
  readonly deletions: number;
  /** Each, as `POST /v1/…`. */
  readonly requests: readonly string[];
}

/** Begins to count what is written to a sandbox's Port. */
export function countWrites(sandbox: Sandbox): WriteCount {
  const requests: string[] = [];
  const stop = sandbox.onRequest(({ side, method, path }) => {
    if (side !== "port" || method === "GET" || questions.test(path)) return;
    requests.push(`${method} ${path}`);
  });
  return {
    requests,
    get all() {
      return requests.length;
    },
    get deletions() {
      return requests.filter((one) => one.startsWith("DELETE") || one.includes("/delete")).length;
    },
    [Symbol.dispose]: stop,
  };
}
