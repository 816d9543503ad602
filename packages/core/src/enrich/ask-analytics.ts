import { HttpError } from "../errors.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";

/** So many services in one question are known to be answered; more are tried, as no limit is told. */
const servicesKnownToWork = 100;

/** Asks analytics about services, all at once where PagerDuty takes that. */
export interface ServiceQuestions {
  /**
   * Calls `ask` with all ids, or where that is refused as a bad request with parts of them.
   *
   * @returns what the calls gave, one after another
   */
  split<Answer>(
    ids: readonly string[],
    ask: (ids: readonly string[]) => Promise<Answer>,
  ): Promise<Answer[]>;
}

/** Remembers for a run what PagerDuty takes. */
export function createServiceQuestions(): ServiceQuestions {
  let most = Infinity;
  return {
    async split(ids, ask) {
      if (ids.length <= most) {
        try {
          return [await ask(ids)];
        } catch (error) {
          const isTooLarge = error instanceof HttpError && [400, 413, 414].includes(error.status);
          if (!isTooLarge || ids.length <= servicesKnownToWork) throw error;
          most = servicesKnownToWork;
        }
      }
      const answers = [];
      for (let start = 0; start < ids.length; start += most) {
        answers.push(await ask(ids.slice(start, start + most)));
      }
      return answers;
    },
  };
}

/** The rows of an answer and whether more follow. */
export interface AnalyticsAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly more: boolean;
  /** Where the next page starts. */
  readonly last: string | undefined;
}

/** Asks one question. */
export async function askAnalytics(
  client: PagerDutyClient,
  path: string,
  question: object,
  signal: AbortSignal | undefined,
): Promise<AnalyticsAnswer> {
  const { body } = await client.ask(path, { ...question, time_zone: "Etc/UTC" }, signal);
  const { data, more, last } = body;
  return {
    rows: Array.isArray(data) ? data : [],
    more: more === true,
    last: typeof last === "string" ? last : undefined,
  };
}
