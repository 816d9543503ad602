import { compareState, isOneOf } from "../../webhook/provide-subscription.ts";
import type { Subscription } from "../../webhook/parse-subscription.ts";

export interface SurveyOptions {
  readonly all: readonly Subscription[];
  /** Our addresses. */
  readonly urls: readonly string[];
  /** Ids whose secret is in the store. */
  readonly kept: ReadonlySet<string>;
  /** The one that was in use at the last look. */
  readonly lastId: string | undefined;
  /** A secret was configured: it may be that of any. */
  readonly hasConfigured: boolean;
}

/** The subscriptions at our addresses, and what is to become of them. */
export interface Survey {
  /** The one to use. */
  readonly current: Subscription | undefined;
  /** Ours as well, which nobody needs. */
  readonly surplus: readonly Subscription[];
  /** Of the whole account, but nobody knows their secret. */
  readonly unknown: readonly Subscription[];
  /** Left alone. */
  readonly others: readonly Subscription[];
  /** Ours, but at an address that is no more. */
  readonly moved: readonly Subscription[];
}

/** Looks through all subscriptions for the one to use. */
export function surveySubscriptions(options: SurveyOptions): Survey {
  const { all, urls, kept, lastId, hasConfigured } = options;
  const atOurs = all.filter(({ url }) => isOneOf(url, urls));
  const here = new Set(atOurs.map(({ id }) => id));
  const ofAccount = atOurs.filter(({ scope }) => scope?.type === "account");
  const elsewhere = atOurs.filter(({ scope }) => scope?.type !== "account");
  const own = ofAccount.filter(({ id }) => kept.has(id)).toSorted(compareState);
  const foreign = ofAccount.filter(({ id }) => !kept.has(id)).toSorted(compareState);
  const usable = hasConfigured ? [...own, ...foreign] : own;
  const current = usable.find(({ id }) => id === lastId) ?? usable[0];
  const isOther = ({ id }: Subscription): boolean => id !== current?.id;
  return {
    current,
    surplus: own.filter(isOther),
    unknown: hasConfigured ? [] : foreign,
    others: hasConfigured ? [...foreign.filter(isOther), ...elsewhere] : elsewhere,
    moved: all.filter(
      ({ id, scope }) => kept.has(id) && scope?.type === "account" && !here.has(id),
    ),
  };
}
