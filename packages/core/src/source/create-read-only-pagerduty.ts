import { ReadOnlyError } from "../errors.ts";
import type { PagerDutyClient, PagerDutyWriter } from "./pagerduty-client.ts";

/**
 * Makes a client that only reads: every change is refused before it is sent.
 *
 * @throws {ReadOnlyError} from `change`
 */
export function createReadOnlyPagerDuty(
  pagerDuty: PagerDutyClient,
): PagerDutyClient & PagerDutyWriter {
  return {
    get: (...request) => pagerDuty.get(...request),
    ask: (...request) => pagerDuty.ask(...request),
    change(method, path) {
      const message = `PagerDuty is only read here, and was not sent ${method} ${path}`;
      return Promise.reject(new ReadOnlyError(message));
    },
  };
}

/** Where PagerDuty keeps webhook subscriptions. */
const subscriptions = /^\/webhook_subscriptions(\/[^/]+){0,2}$/;

/**
 * Makes a client that changes webhook subscriptions and nothing else.
 *
 * @throws {ReadOnlyError} from `change`, for everything else
 */
export function limitToSubscriptions(
  pagerDuty: PagerDutyClient & PagerDutyWriter,
): PagerDutyClient & PagerDutyWriter {
  return {
    ...createReadOnlyPagerDuty(pagerDuty),
    change(method, path, body, signal) {
      if (subscriptions.test(path)) return pagerDuty.change(method, path, body, signal);
      const message = `Only webhook subscriptions are changed here: PagerDuty was not sent ${method} ${path}`;
      return Promise.reject(new ReadOnlyError(message));
    },
  };
}
