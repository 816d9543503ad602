import { ForeignHostError, HttpError } from "../../errors.ts";
import { connectPagerDuty, type ConnectPagerDutyOptions } from "../../source/connect-pagerduty.ts";
import { findKind } from "../../source/kinds.ts";
import type { PagerDutyClient, PagerDutyWriter } from "../../source/pagerduty-client.ts";
import type { PinMemory } from "../../store/pins/pins.ts";
import { describeAccount, isCalled } from "./check-account.ts";
import { type Account, listTellingKinds, readAccount } from "./read-account.ts";

/** Objects of one list that the other key is asked for. */
const mostAsked = 3;

export interface ConnectWebhookKeyOptions extends Omit<
  ConnectPagerDutyOptions,
  "admit" | "admitsFirst" | "settingNames"
> {
  /** The client of the key that reads, whose account counts; undefined where there is none. */
  readonly reading: PagerDutyClient | undefined;
  /** What a person says that the account is. */
  readonly expected: string | undefined;
  /** What the integration is remembered to belong to: where that changes, the keys are compared again. */
  readonly pins?: PinMemory | undefined;
  /** What the user calls the settings: `token` is this key, `reading` the other. */
  readonly names: {
    readonly token: string;
    readonly reading: string;
    readonly apiUrl: string;
    readonly expectAccount: string;
  };
}

/**
 * Makes the client for webhook subscriptions of a key that is for these alone. Before its first request, and
 * before the first with a token that takes its place, it is compared whose account it is of: a
 * subscription must never be made, repaired or deleted in another account than the one that is read.
 *
 * All of its requests throw a {@link ForeignHostError} where it is another's, or nothing tells.
 */
export function connectWebhookKey(
  options: ConnectWebhookKeyOptions,
): PagerDutyClient & PagerDutyWriter {
  const { names, pins } = options;
  /** What the integration was remembered to belong to when the keys were compared last. */
  let compared: { readonly remembered: string | undefined } | undefined;
  const readRemembered = async (): Promise<string | undefined> => (await pins?.read())?.account;

  async function compare(client: PagerDutyClient): Promise<void> {
    const remembered = await readRemembered();
    await compareAccounts(client, options);
    compared = { remembered };
  }

  const client = connectPagerDuty({
    ...options,
    settingNames: { token: names.token, apiUrl: names.apiUrl },
    admit: compare,
    admitsFirst: true,
  });

  async function send<Value>(work: () => Promise<Value>): Promise<Value> {
    // The first comparison is that of the first request.
    const isOld = compared !== undefined && (await readRemembered()) !== compared.remembered;
    if (isOld) await compare(client);
    return work();
  }

  return {
    get: (...request) => send(() => client.get(...request)),
    ask: (...request) => send(() => client.ask(...request)),
    change: (...request) => send(() => client.change(...request)),
  };
}

async function compareAccounts(
  client: PagerDutyClient,
  { reading, expected, names }: ConnectWebhookKeyOptions,
): Promise<void> {
  const kinds = listTellingKinds(undefined);
  const { account } = await readAccount(client, kinds);
  if (expected !== undefined && account !== undefined && !isCalled(account, expected)) {
    throw new ForeignHostError(
      `${names.token} is of the PagerDuty account ${describeAccount(account)}, and ${names.expectAccount} expects ${expected}. No webhook subscription was looked at or changed. Look at ${names.token}.`,
      { setting: names.token },
    );
  }
  // Who gives this key alone has said whose it is to be, or need not.
  if (reading === undefined) {
    if (expected === undefined || account !== undefined) return;
    throw cannotTell(names);
  }
  const { account: own } = await readAccount(reading, kinds);
  if (account !== undefined && own !== undefined) {
    if (account.host === own.host) return;
    throw foreign(account, own, names);
  }
  if (!(await shareObjects(client, reading))) throw cannotTell(names);
}

/**
 * Whether an object that one key lists is there for the other: ids are never those of another account. A key
 * that may do nothing else lists subscriptions.
 */
async function shareObjects(client: PagerDutyClient, reading: PagerDutyClient): Promise<boolean> {
  const kinds = listTellingKinds(undefined).map((kind) => findKind(kind));
  const lists = [{ path: "/webhook_subscriptions", wrapper: "webhook_subscriptions" }, ...kinds];
  for (const { path, wrapper } of lists) {
    const body = await getAllowed(client, path, [["limit", String(mostAsked)]]);
    const rows: unknown = body?.[wrapper];
    for (const id of Array.isArray(rows) ? rows.flatMap(readId) : []) {
      const found = await getAllowed(reading, `${path}/${encodeURIComponent(id)}`, []);
      if (found !== undefined) return true;
    }
  }
  return false;
}

/** Undefined where the key may not see it, or there is none. */
async function getAllowed(
  client: PagerDutyClient,
  path: string,
  query: Parameters<PagerDutyClient["get"]>[1],
): Promise<Record<string, unknown> | undefined> {
  try {
    return (await client.get(path, query)).body;
  } catch (error) {
    const isRefused = error instanceof HttpError && [400, 402, 403, 404].includes(error.status);
    if (isRefused) return undefined;
    throw error;
  }
}

function readId(row: unknown): string[] {
  const id: unknown = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
  return typeof id === "string" ? [id] : [];
}

function foreign(
  account: Account,
  own: Account,
  names: ConnectWebhookKeyOptions["names"],
): ForeignHostError {
  return new ForeignHostError(
    `${names.token} is of the PagerDuty account ${describeAccount(account)}, and ${names.reading} of ${describeAccount(own)}. No webhook subscription was looked at or changed. Give both keys of one account.`,
    { setting: names.token },
  );
}

function cannotTell(names: ConnectWebhookKeyOptions["names"]): ForeignHostError {
  return new ForeignHostError(
    `Nothing tells that ${names.token} is of the same PagerDuty account as ${names.reading}: it may list neither services nor users, and there is no webhook subscription that both can see. No webhook subscription was looked at or changed. Let ${names.token} read services or users too, or make the first subscription by hand.`,
    { setting: names.token },
  );
}
