import { describeClaimLost, type EventListener } from "@pagerport/core";
import type { Log } from "../ui/log.ts";

/** Where every object has a problem, so many in … */
const mostProblems = 20;
/** … so many milliseconds say enough. */
const problemPeriod = 60_000;

/**
 * Tells of what runs and live events come upon, and of requests that had to be repeated.
 *
 * @param now milliseconds since 1970
 */
export function logRunEvent(log: Log, now: () => number): EventListener {
  let problems = 0;
  let since = Number.NEGATIVE_INFINITY;

  const tellProblem = (message: string): void => {
    if (now() - since >= problemPeriod) {
      since = now();
      problems = 0;
    }
    problems += 1;
    if (problems <= mostProblems) log.warn(message);
    if (problems === mostProblems) log.warn("Further problems of this minute are not told");
  };

  return (event) => {
    switch (event.type) {
      case "resource": {
        const { name, objects, entities, problems: count, state } = event;
        log.info(`Resource read: ${name}`, { objects, entities, problems: count, state });
        break;
      }
      case "problem": {
        tellProblem(event.message);
        break;
      }
      case "notice": {
        log.info(event.message);
        break;
      }
      case "claim-lost": {
        const { work, objects, mayBeWritten, milliseconds } = event;
        log.warn(describeClaimLost(event), {
          work,
          objects,
          mayBeWritten,
          sinceRenewedMs: milliseconds,
        });
        break;
      }
      case "retry": {
        log.debug(`Request repeated: ${event.reason}`, { host: event.host });
        break;
      }
      case "waiting": {
        const { host, milliseconds, headers } = event;
        const fields = { host, ms: Math.round(milliseconds) };
        if (headers === undefined) log.debug("Requests wait for a rate limit", fields);
        else log.warn("Requests wait more than a minute for a rate limit", { ...fields, headers });
        break;
      }
      default:
    }
  };
}
