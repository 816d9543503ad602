import { ConfigError } from "@pagerport/core";
import { faultKinds, type Faults } from "./faults.ts";
import { defaultPortBehaviour, type PortBehaviour } from "./port/port-behaviour.ts";
import type { RateLimit } from "./rate-window.ts";
import { defaultWebhookBehaviour, type WebhookBehaviour } from "./webhooks/webhook-behaviour.ts";

/** How long an answer is held back, in milliseconds; drawn evenly from the range. */
export interface Latency {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How the PagerDuty side behaves. Everything that its documentation leaves open is a switch. */
interface PagerDutyBehaviour {
  /** Requests allowed per credential; null: no limit and no rate-limit headers. @default null */
  readonly rate: RateLimit | null;
  /** @default null */
  readonly latency: Latency | null;
  /** @default null */
  readonly faults: Faults | null;
  /** Whether `until` leaves out its own second. @default false */
  readonly untilExclusive: boolean;
  /** The longest allowed range of dates. @default "six-months" (calendar months) */
  readonly maxRange: "six-months" | "180-days";
  /** Whether lists of incidents not sorted by incident_number change their order from page to page. @default false */
  readonly unstableOrder: boolean;
  /** The most rows of a page; a larger `limit` is lowered to it, or refused. @default 100 */
  readonly maxLimit: number | "reject";
  /** What an `include[]` value that does not exist leads to. @default "ignore" */
  readonly unknownInclude: "ignore" | "reject";
  /** Whether objects have fields that no documentation names. @default false */
  readonly extraFields: boolean;
  /** What on-calls more than 90 days ahead are answered with. @default "reject" */
  readonly oncallHorizon: "reject" | "clip";
  /** Requests to `/oncalls` per credential, besides `rate`. @default null */
  readonly oncallsRate: RateLimit | null;
  /** Requests to analytics per credential, besides `rate`. @default null */
  readonly analyticsRate: RateLimit | null;
  /** Requests to analytics per day; null: no limit and no daily headers. @default null */
  readonly analyticsQuota: number | null;
  /** How long after its creation an incident is unknown to analytics. @default 0 */
  readonly analyticsLagSeconds: number;
  /** Whether analytics refuses a `starting_after` of null. @default false */
  readonly strictAnalytics: boolean;
  /** The shape of one raw incident. @default "flat" */
  readonly singleAnalytics: "flat" | "wrapped";
  /** Whether a read-only key may POST to analytics, which changes nothing. @default true */
  readonly readOnlyAnalytics: boolean;
  /** How long after its creation a service is answered with 404. @default 0 */
  readonly creationLagSeconds: number;
  /** How long after its creation an incident is answered with 404, and not listed. @default 0 */
  readonly incidentLagSeconds: number;
  /**
   * Resources that are refused whole, with the status: `{"users":403,"analytics":402}`. `schedules` is both
   * kinds, `v3/schedules` the shift-based ones alone. @default {}
   */
  readonly refused: Readonly<Record<string, number>>;
  /** What a schedule's id answers under the path of the other kind. @default 404 */
  readonly otherScheduleStatus: 400 | 404;
  /** Refuses single requests: what it gives for path and query is the status. @default nothing is refused */
  readonly refuse: (path: string) => number | undefined;
  /** Lists that answer as if nothing were in them: `["schedules"]`. @default [] */
  readonly emptied: readonly string[];
  /** Lists that end after their first page and tell a total that fits that: `["services"]`. @default [] */
  readonly cutShort: readonly string[];
  /** Ids that lists leave out; by id they are there. @default [] */
  readonly unlisted: readonly string[];
  /** What is 404 by id: ids, all of a resource (`"services"`) or of any (`"*"`); lists have it. @default [] */
  readonly missing: readonly string[];
  /** Teams, by id, that no credential sees, nor what is theirs alone. @default [] */
  readonly hiddenTeams: readonly string[];
  /** What a hidden team itself is by id. @default 404 */
  readonly hiddenTeamStatus: 200 | 403 | 404;
  /**
   * Whose the API keys are, for `/users/me`: a user's by that id, the account's (null, which is a 400), or
   * an application's (`"app"`, a 403, which its own tokens always get). @default null
   */
  readonly tokenOwner: string | null;
  /** Whether a request without PagerDuty's own `Accept` is refused with 400. @default false */
  readonly requireAccept: boolean;
}

/** How Port's ingest side behaves. */
interface IngestBehaviour {
  /** Requires `X-Pagerduty-Signature: v1=…`, the HMAC-SHA256 of the raw body under this secret. @default null */
  readonly secret: string | null;
  /** @default null */
  readonly rate: RateLimit | null;
  /** @default null */
  readonly latency: Latency | null;
  /** @default null */
  readonly faults: Faults | null;
  /** Answers everything with this status. @default null */
  readonly status: number | null;
  /** Refuses single payloads. @default nothing is refused */
  readonly reject: (payload: unknown) => Rejection | undefined;
}

/** Why and how a payload is refused. */
export interface Rejection {
  readonly status: number;
  readonly message: string;
}

/** Everything that may be changed while the sandbox runs. */
export interface Behaviour extends PagerDutyBehaviour {
  readonly ingest: IngestBehaviour;
  readonly portApi: PortBehaviour;
  readonly webhooks: WebhookBehaviour;
}

/** Changes to how a running sandbox behaves; what is not named stays. */
export type BehaviourChanges = Partial<PagerDutyBehaviour> & {
  readonly ingest?: Partial<IngestBehaviour>;
  readonly portApi?: Partial<PortBehaviour>;
  readonly webhooks?: Partial<WebhookBehaviour>;
};

/** How a sandbox behaves that was told nothing: fast, tidy and without limits. */
export const defaultBehaviour: Behaviour = {
  rate: null,
  latency: null,
  faults: null,
  untilExclusive: false,
  maxRange: "six-months",
  unstableOrder: false,
  maxLimit: 100,
  unknownInclude: "ignore",
  extraFields: false,
  oncallHorizon: "reject",
  oncallsRate: null,
  analyticsRate: null,
  analyticsQuota: null,
  analyticsLagSeconds: 0,
  strictAnalytics: false,
  singleAnalytics: "flat",
  readOnlyAnalytics: true,
  creationLagSeconds: 0,
  incidentLagSeconds: 0,
  refused: {},
  otherScheduleStatus: 404,
  refuse: () => undefined,
  emptied: [],
  cutShort: [],
  unlisted: [],
  missing: [],
  hiddenTeams: [],
  hiddenTeamStatus: 404,
  tokenOwner: null,
  requireAccept: false,
  ingest: {
    secret: null,
    rate: null,
    latency: null,
    faults: null,
    status: null,
    reject: () => undefined,
  },
  portApi: defaultPortBehaviour,
  webhooks: defaultWebhookBehaviour,
};

/** `behaviour` with changes made to it; throws where one of them cannot be. */
export function changeBehaviour(behaviour: Behaviour, changes: BehaviourChanges): Behaviour {
  const ingest = { ...behaviour.ingest, ...known(changes.ingest ?? {}, behaviour.ingest) };
  const portApi = { ...behaviour.portApi, ...known(changes.portApi ?? {}, behaviour.portApi) };
  const webhooks = { ...behaviour.webhooks, ...known(changes.webhooks ?? {}, behaviour.webhooks) };
  const changed = { ...behaviour, ...known(changes, behaviour), ingest, portApi, webhooks };
  for (const side of [changed, changed.ingest, changed.portApi]) {
    check("rate", side.rate, ({ limit, windowMs }) => limit >= 1 && windowMs >= 1);
    check("latency", side.latency, ({ minMs, maxMs }) => minMs >= 0 && maxMs >= minMs);
    check("faults", side.faults, ({ rate, kinds = faultKinds }) => {
      return rate >= 0 && rate <= 1 && kinds.every((kind) => faultKinds.includes(kind));
    });
  }
  checkWebhooks(webhooks);
  return changed;
}

function checkWebhooks(webhooks: WebhookBehaviour): void {
  const isShare = (value: number): boolean => value >= 0 && value <= 1;
  check("duplicates", webhooks.duplicates, isShare);
  check("losses", webhooks.losses, isShare);
  check("delay", webhooks.delay, ({ minMs, maxMs }) => minMs >= 0 && maxMs >= minMs);
  check("timeoutMs", webhooks.timeoutMs, (value) => value >= 1);
  check("concurrency", webhooks.concurrency, (value) => value >= 1);
  check("retryMs", webhooks.retryMs, (list) => list.length > 0 && list.every((wait) => wait >= 1));
}

/** The changes without those that are undefined; throws where one names a setting that there is not. */
function known<T extends object>(changes: T, settings: object): T {
  const unknown = Object.keys(changes).find((name) => !(name in settings));
  if (unknown !== undefined) {
    throw new ConfigError(
      `Cannot change '${unknown}' of the sandbox: its settings are ${Object.keys(settings).join(", ")}`,
      { setting: unknown },
    );
  }
  const given = { ...changes };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) Reflect.deleteProperty(given, name);
  }
  return given;
}

function check<T>(name: string, value: T | null, isValid: (value: T) => boolean): void {
  if (value !== null && !isValid(value)) {
    throw new ConfigError(
      `Cannot set '${name}' of the sandbox: current value is ${JSON.stringify(value)}`,
      { setting: name },
    );
  }
}
