import { pruneEvents } from "../../store/inbox-events.ts";
import { type TidiedLetters, tidyDeadLetters } from "../../store/retention/dead-letters.ts";
import { defaultRetention, type Retention } from "../../retention.ts";
import type { Sql } from "../../store/sql.ts";

/** Milliseconds between warnings of the same dead letters: a day. */
const warnEvery = 24 * 3_600_000;

/** Dead letters were forgotten, or will be and nobody has listed them. */
export interface LettersEvent extends TidiedLetters {
  readonly type: "letters";
}

export interface TidyStoreOptions {
  readonly sql: Sql;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @default {@link defaultRetention} */
  readonly retention?: Retention | undefined;
  /** Sees to the journal of deletions. @default nobody does */
  readonly tidyJournal?: (() => Promise<void>) | undefined;
  readonly tell: (event: LettersEvent) => void;
  readonly trouble: (what: string, error: unknown) => void;
}

/** Makes what a service does every few minutes, so that nothing is kept for ever. It never rejects. */
export function createTidying(options: TidyStoreOptions): () => Promise<void> {
  const { sql, now, retention = defaultRetention, tidyJournal, tell, trouble } = options;
  let warned: { readonly letters: number; readonly at: number } | undefined;

  async function tidyLetters(): Promise<void> {
    const tidied = await tidyDeadLetters(sql, retention);
    const { forgotten, expiring } = tidied;
    const isNew =
      expiring !== undefined &&
      (warned === undefined ||
        expiring.letters > warned.letters ||
        Math.abs(now() - warned.at) >= warnEvery);
    if (isNew) warned = { letters: expiring.letters, at: now() };
    if (expiring === undefined) warned = undefined;
    if (isNew || forgotten > 0) tell({ type: "letters", ...tidied });
  }

  return async () => {
    const parts: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["cleaning up the inbox", () => pruneEvents(sql)],
      ["dead letters of long ago", tidyLetters],
      ["cleaning up the journal of deletions", async () => tidyJournal?.()],
    ];
    for (const [what, work] of parts) {
      try {
        await work();
      } catch (error) {
        trouble(what, error);
      }
    }
  };
}

/** What is to be said of dead letters, for a person. */
export function describeLetters({ forgotten, expiring }: TidiedLetters): string[] {
  return [
    ...(expiring === undefined
      ? []
      : [
          `${expiring.letters} dead letters that nobody has listed are forgotten from ${new Date(expiring.firstAt).toISOString().slice(0, 10)} on: 'pagerport inbox list --state dead' shows them`,
        ]),
    ...(forgotten === 0 ? [] : [`${forgotten} dead letters of long ago were forgotten`]),
  ];
}
