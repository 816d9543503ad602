import { ConfigError, HttpError, PagerportError } from "../errors.ts";
import {
  parseSubscription,
  requireSubscription,
  type Subscription,
  type SubscriptionScope,
} from "./parse-subscription.ts";

/** The most rows of one page. */
const rowsPerPage = 100;
/** A list that changes under the reader is read so often. */
const mostReadings = 3;

const path = "/webhook_subscriptions";

/** What is needed of PagerDuty's API; its client can do it. */
export interface SubscriptionsApi {
  get(
    path: string,
    query: readonly (readonly [name: string, value: string])[],
    signal?: AbortSignal,
  ): Promise<{ readonly body: Readonly<Record<string, unknown>> }>;
  change(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/**
 * Lists webhook subscriptions, by default all of the account.
 *
 * @param options.scope only those of one scope
 * @throws {HttpError} {@link NetworkError} after all retries
 */
export async function listSubscriptions(
  api: SubscriptionsApi,
  options: {
    readonly scope?: SubscriptionScope | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<Subscription[]> {
  for (let reading = 1; reading <= mostReadings; reading += 1) {
    const found = await readAll(api, options.scope, options.signal);
    if (found !== undefined) return found;
  }
  throw new PagerportError(
    `PagerDuty's webhook subscriptions changed while they were read, ${mostReadings} times in a row`,
  );
}

/** Pages overlap by one row; undefined where rows have moved in between. */
async function readAll(
  api: SubscriptionsApi,
  scope: SubscriptionScope | undefined,
  signal: AbortSignal | undefined,
): Promise<Subscription[] | undefined> {
  const found = new Map<string, Subscription>();
  let last: unknown;
  for (let offset = 0; ;) {
    const query: [string, string][] = [
      ["limit", String(rowsPerPage)],
      ["offset", String(offset)],
    ];
    if (scope !== undefined) query.push(["filter_type", scope.type]);
    if (scope?.id !== undefined) query.push(["filter_id", scope.id]);
    const { body } = await api.get(path, query, signal);
    const rows: unknown = body["webhook_subscriptions"];
    if (!Array.isArray(rows)) {
      throw new PagerportError(`PagerDuty's answer to ${path} has no list 'webhook_subscriptions'`);
    }
    if (last !== undefined && readId(rows[0]) !== last) return undefined;
    for (const row of rows) {
      const parsed = parseSubscription(row);
      if (parsed !== undefined) found.set(parsed.subscription.id, parsed.subscription);
    }
    if (body["more"] !== true || rows.length === 0) return [...found.values()];
    // A page of one row has nothing to overlap with.
    last = rows.length > 1 ? readId(rows.at(-1)) : undefined;
    offset += Math.max(1, rows.length - 1);
  }
}

function readId(row: unknown): unknown {
  return typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
}

/** A subscription to be made. */
export interface NewSubscription {
  /** Where the events are to go. */
  readonly url: string;
  readonly scope: SubscriptionScope;
  /** Types of events, at least one. */
  readonly events: readonly string[];
  readonly description?: string | undefined;
  /** Headers that are sent along with each event; they may hold secrets. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes a subscription. Where an answer got lost on its way there may be two afterwards, of which one has
 * a secret that nobody knows: {@link listSubscriptions} tells.
 *
 * @returns its secret too, which is told this once
 * @throws {ConfigError} where a header cannot be sent
 * @throws {HttpError} where the scope is full (it takes 10), or the token does not have the right
 */
export async function createSubscription(
  api: SubscriptionsApi,
  wanted: NewSubscription,
  signal?: AbortSignal,
): Promise<{ readonly subscription: Subscription; readonly secret: string }> {
  const { url, scope, events, description, headers = {} } = wanted;
  const custom_headers = Object.entries(headers).map(([name, value]) => ({ name, value }));
  for (const { name, value } of custom_headers) checkHeader(name, value);
  const body = await explainRefusal(() =>
    api.change(
      "POST",
      path,
      {
        webhook_subscription: {
          type: "webhook_subscription",
          delivery_method: {
            type: "http_delivery_method",
            url,
            ...(custom_headers.length === 0 ? {} : { custom_headers }),
          },
          events,
          filter: writeScope(scope),
          ...(description === undefined ? {} : { description }),
        },
      },
      signal,
    ),
  );
  const { subscription, secret } = requireSubscription(body, `POST ${path}`);
  if (secret !== undefined && secret !== "") return { subscription, secret };
  throw new PagerportError(
    `PagerDuty made the webhook subscription ${subscription.id} but did not tell its secret`,
  );
}

/** What can be changed of a subscription; its address, headers and secret cannot. */
export interface SubscriptionChange {
  readonly events?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly isActive?: boolean | undefined;
}

/** Changes what is given of a subscription. */
export async function updateSubscription(
  api: SubscriptionsApi,
  id: string,
  change: SubscriptionChange,
  signal?: AbortSignal,
): Promise<Subscription> {
  const { events, description, isActive } = change;
  const webhook_subscription = {
    ...(events === undefined ? {} : { events }),
    ...(description === undefined ? {} : { description }),
    ...(isActive === undefined ? {} : { active: isActive }),
  };
  const body = await explainRefusal(() =>
    api.change("PUT", locate(id), { webhook_subscription }, signal),
  );
  return requireSubscription(body, `PUT ${locate(id)}`).subscription;
}

/** Ends the day off that PagerDuty gave a subscription after events were refused. */
export async function enableSubscription(
  api: SubscriptionsApi,
  id: string,
  signal?: AbortSignal,
): Promise<Subscription> {
  const place = `${locate(id)}/enable`;
  const body = await explainRefusal(() => api.change("POST", place, undefined, signal));
  return requireSubscription(body, `POST ${place}`).subscription;
}

/** Has PagerDuty send a test event (`pagey.ping`), which arrives some time later. */
export async function pingSubscription(
  api: SubscriptionsApi,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  await explainRefusal(() => api.change("POST", `${locate(id)}/ping`, undefined, signal));
}

/** Deletes a subscription; false where there was none. */
export async function deleteSubscription(
  api: SubscriptionsApi,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await explainRefusal(() => api.change("DELETE", locate(id), undefined, signal));
    return true;
  } catch (error) {
    // Perhaps it was there at a first attempt, of which the answer got lost.
    if (error instanceof HttpError && error.status === 404) return false;
    throw error;
  }
}

function locate(id: string): string {
  return `${path}/${encodeURIComponent(id)}`;
}

function writeScope(scope: SubscriptionScope): object {
  const type = `${scope.type}_reference`;
  return scope.id === undefined ? { type } : { type, id: scope.id };
}

/** A token as of HTTP, and a value without line ends. {@link https://www.rfc-editor.org/rfc/rfc9110#section-5} */
function checkHeader(name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new ConfigError(`A header cannot be called '${name}'`);
  }
  if (!/^[\t\x20-\x7E\x80-\xFF]*$/.test(value)) {
    throw new ConfigError(
      `The value of the header '${name}' has a character that cannot be sent in one`,
    );
  }
}

async function explainRefusal<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 403) throw error;
    throw error.withAdvice(
      "PagerDuty does not let the token that is used manage this webhook subscription: it must not be read-only, and who made it must be a manager (for a service or team), or an admin or the owner (for the whole account).",
    );
  }
}
