import { readLastEvent } from "../../store/inbox.ts";
import type { Sql } from "../../store/sql.ts";
import { keepState, readState } from "../../store/state.ts";

/** Milliseconds before the last event that came, from when others may not have: they come in no order. */
const gapMargin = 10 * 60_000;

/** Id of the subscription in use. */
const currentName = "webhook/subscription";
/** When it was last seen to be right. */
const seenName = "webhook/seen";
/** From when events may have been missed, until that is made good: a moment, or nothing. */
const gapName = "webhook/gap";

/** Which subscription of the whole account was in use at the last look; undefined where none was. */
export async function readCurrentId(sql: Sql): Promise<string | undefined> {
  const id = (await readState(sql, currentName))?.value ?? "";
  return id === "" ? undefined : id;
}

/** Remembers which subscription is in use. */
export async function keepCurrentId(sql: Sql, id: string): Promise<void> {
  await keepState(sql, currentName, id);
}

/** Notes that at this moment all was right. */
export async function noteSeen(sql: Sql): Promise<void> {
  await keepState(sql, seenName, "");
}

/** When the last event that was signed with one of some secrets came; undefined for never. */
export async function readLastOf(
  sql: Sql,
  signers: readonly string[],
): Promise<number | undefined> {
  const moments: number[] = [];
  for (const signer of signers) {
    const moment = await readLastEvent(sql, signer);
    if (moment !== undefined) moments.push(moment);
  }
  return moments.length === 0 ? undefined : Math.max(...moments);
}

/**
 * From when events may be missing where something was wrong: nobody knows since when it was, but not when
 * it was last seen to be right, nor when the last event came, whichever was first.
 *
 * @returns milliseconds since 1970 by the database's clock; 0 where that cannot be told
 */
export async function estimateOutage(sql: Sql, lastEvent: number | undefined): Promise<number> {
  const moments = await readMoments(sql, lastEvent);
  return moments.length === 0 ? 0 : Math.max(0, Math.min(...moments) - gapMargin);
}

/**
 * From when events may be missing after a stop, where all is right now: the server was at work when all was
 * last seen to be right, and when the last event came.
 *
 * @returns as {@link estimateOutage}
 */
export async function estimateStop(sql: Sql, lastEvent: number | undefined): Promise<number> {
  const moments = await readMoments(sql, lastEvent);
  return moments.length === 0 ? 0 : Math.max(0, Math.max(...moments) - gapMargin);
}

/** Remembers from when events may be missing, until {@link closeGap}: a process may end before. */
export async function openGap(sql: Sql, since: number): Promise<number> {
  return sql.transaction(async (inside) => {
    const earliest = Math.min(since, (await readGap(inside)) ?? since);
    await keepState(inside, gapName, String(earliest));
    return earliest;
  });
}

/** From when events may be missing; undefined where none are. */
export async function readGap(sql: Sql): Promise<number | undefined> {
  const value = (await readState(sql, gapName))?.value ?? "";
  return value === "" ? undefined : Number(value);
}

/** Notes that all since a moment has been made good; one that began earlier stays. */
export async function closeGap(sql: Sql, since: number): Promise<void> {
  await sql.transaction(async (inside) => {
    const open = await readGap(inside);
    if (open !== undefined && open >= since) await keepState(inside, gapName, "");
  });
}

async function readMoments(sql: Sql, lastEvent: number | undefined): Promise<number[]> {
  const seen = (await readState(sql, seenName))?.keptAt;
  return [lastEvent, seen].filter((moment) => moment !== undefined);
}
