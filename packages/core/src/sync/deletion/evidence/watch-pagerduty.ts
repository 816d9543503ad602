import type { PagerDutyAnswer, PagerDutyClient } from "../../../source/pagerduty-client.ts";

/** PagerDuty as a run sees it, with how much it was asked and what time it told. */
export interface WatchedPagerDuty {
  readonly client: PagerDutyClient;
  /** Requests so far. */
  readonly requests: () => number;
  /** Its own time of its first answer, milliseconds since 1970; undefined before that, or where it told none. */
  readonly date: () => number | undefined;
}

/** Makes a client that counts requests and remembers PagerDuty's time. */
export function watchPagerDuty(client: PagerDutyClient): WatchedPagerDuty {
  let requests = 0;
  let first: number | undefined;
  const watch = async (answer: Promise<PagerDutyAnswer>): Promise<PagerDutyAnswer> => {
    requests += 1;
    const { date } = await answer;
    first ??= date;
    return answer;
  };
  return {
    client: {
      ...(client.countTokens === undefined
        ? {}
        : { countTokens: () => client.countTokens?.() ?? 0 }),
      get: (...request) => watch(client.get(...request)),
      ask: (...request) => watch(client.ask(...request)),
    },
    requests: () => requests,
    date: () => first,
  };
}
