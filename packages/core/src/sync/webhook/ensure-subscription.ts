import type { Clock } from "../../clock.ts";
import {
  ConfigError,
  describeError,
  ForeignHostError,
  HttpError,
  PagerportError,
} from "../../errors.ts";
import { forgetSecret, keepSecret, readSecrets, webhookPurpose } from "../../store/secrets.ts";
import type { Sql } from "../../store/sql.ts";
import { withLease } from "../../store/with-lease.ts";
import { createSubscriptionOnce, mostOfScope } from "../../webhook/create-once.ts";
import { listMappedEventTypes } from "../../webhook/event-types.ts";
import type { Subscription } from "../../webhook/parse-subscription.ts";
import { planRepair, repairSubscription } from "../../webhook/repair-subscription.ts";
import {
  deleteSubscription,
  listSubscriptions,
  type SubscriptionsApi,
} from "../../webhook/subscriptions.ts";
import { type GivenSecrets, readGiven } from "../../webhook/given-secrets.ts";
import { listWebhookUrls } from "../../webhook/webhook-paths.ts";
import type { SubscriptionReport, SubscriptionState } from "./subscription-report.ts";
import { type Survey, surveySubscriptions } from "./survey-subscriptions.ts";
import {
  estimateOutage,
  estimateStop,
  keepCurrentId,
  noteSeen,
  openGap,
  readCurrentId,
  readGap,
  readLastOf,
} from "./webhook-gap.ts";

/** What only one replica, or command, may do at a time: to make, repair and delete subscriptions. */
export const subscriptionLease = "webhook/subscription";

export interface EnsureSubscriptionOptions {
  readonly api: SubscriptionsApi;
  readonly sql: Sql;
  readonly clock: Clock;
  /** Who looks, for others who wait: host and process. */
  readonly owner: string;
  /** Public address of the server, without a slash at the end; undefined where it has none. */
  readonly baseUrl: string | undefined;
  /** With a slash before it and none behind; empty where there is none. */
  readonly pathPrefix: string;
  /** Secrets that the settings give. With one, a subscription that is there is used, and never replaced. */
  readonly configured: GivenSecrets;
  /** Types of events that it must name. @default those on which anything in the catalog depends */
  readonly events?: readonly string[] | undefined;
  /** What PagerDuty shows of a new one. */
  readonly description?: string | undefined;
  /** The server begins: events may have been missed while it did not run. @default false */
  readonly isStart?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Draft = { -readonly [Name in keyof SubscriptionReport]: SubscriptionReport[Name] };

/**
 * Sees to it that PagerDuty sends what happens in the whole account to this server: makes a subscription
 * where there is none, uses the one that is there, switches it on and has it name all events that are
 * needed. One whose secret nobody knows is replaced: the new one comes first, and the old one goes after
 * the new one's first event (before, where PagerDuty takes no more).
 *
 * The server must listen before, or PagerDuty's first events are refused.
 *
 * @throws nothing but the signal's reason: what went wrong is in the report
 */
export async function ensureSubscription(
  options: EnsureSubscriptionOptions,
): Promise<SubscriptionReport> {
  const { sql, clock, owner, baseUrl, pathPrefix, signal } = options;
  const configured = readGiven(options.configured);
  const draft: Draft = {
    state: "ready",
    hasSecret: configured.length > 0,
    url: baseUrl === undefined ? undefined : listWebhookUrls({ baseUrl, pathPrefix })[0],
    id: undefined,
    scope: undefined,
    disabledSince: undefined,
    repaired: [],
    removed: [],
    replacing: [],
    others: [],
    moved: [],
    lastEvent: undefined,
    missedSince: undefined,
    error: undefined,
  };
  try {
    if (baseUrl === undefined) {
      await lookWithoutUrl(draft, options);
    } else {
      const urls = listWebhookUrls({ baseUrl, pathPrefix });
      const lease = { sql, clock, name: subscriptionLease, owner, signal };
      await withLease(lease, (held) => look(draft, { ...options, urls, signal: held }));
    }
  } catch (error) {
    signal?.throwIfAborted();
    draft.state = judgeFailure(error);
    draft.error = error instanceof Error ? error : new PagerportError(describeError(error));
  }
  return draft;
}

async function lookWithoutUrl(draft: Draft, options: EnsureSubscriptionOptions): Promise<void> {
  const { sql } = options;
  const configured = readGiven(options.configured);
  const kept = [...(await readSecrets(sql, webhookPurpose)).keys()];
  draft.hasSecret = configured.length + kept.length > 0;
  draft.lastEvent = await readLastOf(sql, [...kept, ...configured.map(({ name }) => name)]);
  if (!draft.hasSecret) {
    draft.state = "no-url";
    draft.error = new ConfigError(
      "There are no webhooks, as PagerDuty cannot be told where to send them: set PAGERPORT_BASE_URL to the public address of this server, or PD_WEBHOOK_SECRET to the secret of a subscription that you look after",
      { setting: "PAGERPORT_BASE_URL" },
    );
    return;
  }
  draft.state = "by-hand";
  await endLook(draft, options);
}

interface Look extends EnsureSubscriptionOptions {
  readonly urls: readonly [string, ...string[]];
}

async function look(draft: Draft, options: Look): Promise<void> {
  const { api, sql, urls, signal } = options;
  const configured = readGiven(options.configured);
  // Read before the list: whatever has a secret by now is in it.
  const kept = new Set((await readSecrets(sql, webhookPurpose)).keys());
  draft.hasSecret = configured.length + kept.size > 0;
  const all = await listSubscriptions(api, { signal });
  const survey = surveySubscriptions({
    all,
    urls,
    kept,
    lastId: await readCurrentId(sql),
    hasConfigured: configured.length > 0,
  });
  draft.others = survey.others;
  draft.moved = survey.moved;
  if (survey.current === undefined) await create(draft, all, survey, options);
  else await use(draft, survey.current, kept, options);
  await removeNeedless(draft, survey, options);
  if (survey.current !== undefined) await forgetGone(all, kept, sql);
  await endLook(draft, options);
}

async function create(
  draft: Draft,
  all: readonly Subscription[],
  { unknown }: Survey,
  options: Look,
): Promise<void> {
  const { api, sql, urls, signal } = options;
  const configured = readGiven(options.configured);
  const lastId = await readCurrentId(sql);
  const signers = [
    ...(lastId === undefined ? [] : [lastId]),
    ...configured.map(({ name }) => name),
  ];
  await openGap(sql, await estimateOutage(sql, await readLastOf(sql, signers)));
  const before = await makeRoom(draft, all, unknown, options);
  const { subscription, removed } = await createSubscriptionOnce({
    api,
    wanted: {
      // The one to be replaced has an address that is known to lead here.
      url: unknown[0]?.url ?? urls[0],
      scope: { type: "account" },
      events: chooseEvents(options),
      description: options.description ?? "Keeps Port's catalog true to PagerDuty (pagerport)",
    },
    before,
    keepSecret: (secret) => keepSecret(sql, webhookPurpose, secret),
    signal,
  });
  await keepCurrentId(sql, subscription.id);
  note(draft, subscription);
  draft.hasSecret = true;
  draft.repaired = [unknown.length > 0 ? "replaced" : "created"];
  draft.removed = [...draft.removed, ...removed];
  draft.missedSince = await readGap(sql);
}

/** Deletes one to be replaced where there would be too many otherwise. Gives back those that are left. */
async function makeRoom(
  draft: Draft,
  all: readonly Subscription[],
  unknown: readonly Subscription[],
  { api, signal }: Look,
): Promise<readonly Subscription[]> {
  const ofAccount = all.filter(({ scope }) => scope?.type === "account");
  const last = unknown.at(-1);
  if (last === undefined || ofAccount.length < mostOfScope) return all;
  await deleteSubscription(api, last.id, signal);
  draft.removed = [...draft.removed, last.id];
  return all.filter(({ id }) => id !== last.id);
}

async function use(
  draft: Draft,
  current: Subscription,
  kept: ReadonlySet<string>,
  options: Look,
): Promise<void> {
  const { api, sql, signal } = options;
  const configured = readGiven(options.configured);
  const wanted = { events: chooseEvents(options) };
  const signers = kept.has(current.id) ? [current.id] : configured.map(({ name }) => name);
  const repairs = planRepair(current, wanted);
  draft.lastEvent = await readLastOf(sql, signers);
  note(draft, current);
  if (repairs.length > 0) {
    const since = await openGap(sql, await estimateOutage(sql, draft.lastEvent));
    const isOff = !current.isActive || current.isDisabled;
    if (isOff) draft.disabledSince = draft.lastEvent ?? 0;
    note(draft, await repairSubscription(api, current, wanted, signal));
    draft.disabledSince = undefined;
    draft.repaired = repairs;
    draft.missedSince = since;
  }
  await keepCurrentId(sql, current.id);
}

function chooseEvents({ events }: EnsureSubscriptionOptions): readonly string[] {
  return events ?? listMappedEventTypes();
}

function note(draft: Draft, { id, scope, url }: Subscription): void {
  draft.id = id;
  draft.scope = scope;
  draft.url = url;
}

/** The old ones go when the one in use has shown that its events arrive. */
async function removeNeedless(
  draft: Draft,
  { surplus, unknown }: Survey,
  { api, sql, signal }: Look,
): Promise<void> {
  const old = unknown.map(({ id }) => id).filter((id) => !draft.removed.includes(id));
  const isProven = draft.lastEvent !== undefined;
  draft.replacing = isProven ? [] : old;
  for (const id of [...surplus.map((one) => one.id), ...(isProven ? old : [])]) {
    await deleteSubscription(api, id, signal);
    await forgetSecret(sql, webhookPurpose, id);
    draft.removed = [...draft.removed, id];
  }
}

/** What was deleted at PagerDuty must not open anything here. */
async function forgetGone(
  all: readonly Subscription[],
  kept: ReadonlySet<string>,
  sql: Sql,
): Promise<void> {
  const there = new Set(all.map(({ id }) => id));
  for (const id of kept) if (!there.has(id)) await forgetSecret(sql, webhookPurpose, id);
}

async function endLook(
  draft: Draft,
  { sql, isStart = false }: EnsureSubscriptionOptions,
): Promise<void> {
  if (isStart && draft.missedSince === undefined) {
    // One that an earlier process did not live to make good is in it.
    draft.missedSince = await openGap(sql, await estimateStop(sql, draft.lastEvent));
  }
  await noteSeen(sql);
}

function judgeFailure(error: unknown): SubscriptionState {
  if (error instanceof ForeignHostError) return "denied";
  if (!(error instanceof HttpError)) return "failed";
  if ([401, 402, 403].includes(error.status)) return "denied";
  const isLater = error.status >= 500 || error.status === 408 || error.status === 429;
  return isLater ? "failed" : "refused";
}
