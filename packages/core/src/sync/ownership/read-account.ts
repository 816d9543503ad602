import { HttpError } from "../../errors.ts";
import type { Mapping } from "../../map/mapping.ts";
import { findKind, type KindName } from "../../source/kinds.ts";
import { isRecord } from "../../source/objects.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { isAskable } from "../deletion/evidence/ask-by-id.ts";

/** A PagerDuty account, as addresses of its web pages name it. */
export interface Account {
  /** The first label of the host: `acme`. */
  readonly name: string;
  /** With the region: `acme.eu.pagerduty.com`. */
  readonly host: string;
}

/** What the first objects of an account tell. */
interface ReadAccount {
  /** Undefined where no object tells it. */
  readonly account: Account | undefined;
  /** Whether every list is empty, or refused. */
  readonly listsNothing: boolean;
}

/** Kinds that nearly every account has objects of, that live long and that say where their page is. */
const preferred: readonly KindName[] = [
  "services",
  "users",
  "escalation_policies",
  "schedules",
  "teams",
];

/** Kinds that are tried, one after another, where lists are empty or refused. */
const mostKinds = 3;

/**
 * Kinds by whose objects an account is told from another: those that the mapping reads and that can be asked
 * for by id, the steadiest first. Where there is no mapping, the usual ones.
 */
export function listTellingKinds(mapping: Pick<Mapping, "resources"> | undefined): KindName[] {
  const read = mapping?.resources.map(({ kind }) => kind) ?? preferred;
  const known = new Set(read.filter(isAskable));
  const steady = preferred.filter((kind) => known.has(kind));
  return [...steady, ...[...known].filter((kind) => !preferred.includes(kind))].slice(0, mostKinds);
}

/**
 * Reads whose account a token is of, by the address of the first object that has one.
 *
 * @throws {HttpError} {@link NetworkError} when PagerDuty refuses the token or cannot be reached
 */
export async function readAccount(
  client: PagerDutyClient,
  kinds: readonly KindName[],
  signal?: AbortSignal,
): Promise<ReadAccount> {
  let listsNothing = true;
  for (const kind of kinds) {
    const rows = await readFirstRows(client, kind, { limit: 1, signal });
    if (rows === undefined || rows.length === 0) continue;
    listsNothing = false;
    const account = rows.map(findAccount).find((one) => one !== undefined);
    if (account !== undefined) return { account, listsNothing };
  }
  return { account: undefined, listsNothing };
}

/**
 * Reads the first rows of a kind's list; undefined where this token may not read it.
 *
 * @throws {HttpError} {@link NetworkError} as {@link readAccount}
 */
export async function readFirstRows(
  client: PagerDutyClient,
  kind: KindName,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly unknown[] | undefined> {
  const { path, wrapper, query } = findKind(kind);
  try {
    const { body } = await client.get(path, [["limit", String(limit)], ...query], signal);
    const rows: unknown = body[wrapper];
    return Array.isArray(rows) ? rows : [];
  } catch (error) {
    if (error instanceof HttpError && [400, 402, 403, 404].includes(error.status)) {
      return undefined;
    }
    throw error;
  }
}

function findAccount(row: unknown): Account | undefined {
  const url: unknown = isRecord(row) ? row["html_url"] : undefined;
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  const [name = ""] = hostname.split(".");
  return name === "" ? undefined : { name, host: hostname };
}
