import { ConfigError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { queueRun } from "./queued-run.ts";
import { readTime } from "./read-time.ts";
import type { Sql } from "./sql.ts";
import { keepState } from "./state.ts";

/** `all`: nothing is written to Port. `deletions`: nothing is deleted there, nor made a stub. */
export type PauseScope = "all" | "deletions";

/** That somebody has stopped the writing to Port. Moments are milliseconds since 1970 by the database's clock. */
export interface Pause {
  readonly scope: PauseScope;
  readonly since: number;
  /** It ends by itself then; undefined: a person ends it. */
  readonly until: number | undefined;
  /** Who it was: `user@host`, or what they said. */
  readonly by: string;
  readonly reason: string | undefined;
}

/** A pause that is over. */
export interface EndedPause {
  readonly pause: Pause;
  /** Who ended it; undefined: its time had passed. */
  readonly by: string | undefined;
  readonly endedAt: number;
}

/** What the store knows of pauses at one moment. */
export interface PauseStanding {
  /** What holds; undefined also where its time has passed. */
  readonly pause: Pause | undefined;
  /** Whether its time has passed, and nobody has ended it yet: see {@link endPassedPause}. */
  readonly hasPassed: boolean;
  /** The last one that ended. */
  readonly ended: EndedPause | undefined;
}

export interface SetPauseOptions {
  readonly scope: PauseScope;
  /** Milliseconds after which it ends by itself. @default a person ends it */
  readonly for?: number | undefined;
  /** Who it is. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** Under these names it is remembered. */
const pauseName = "pause";
const endedName = "pause-ended";
/** That a run has left something to be deleted when the pause is over. */
const withheldName = "pause-withheld";

/**
 * What the error of an event begins with that waits for the end of a pause of deletions: its end has such
 * events looked at again at once.
 */
export const deletionsArePaused = "Deletions are paused";

/** The most characters of a name or a reason that are kept. */
const longestText = 200;

/** The pause that holds; undefined where none does, or its time has passed. */
export async function readPause(sql: Sql): Promise<Pause | undefined> {
  return (await readPauses(sql)).pause;
}

/** All that is known of pauses: one small query. */
export async function readPauses(sql: Sql): Promise<PauseStanding> {
  const rows = await sql.all(
    `SELECT name, value, kept_at, ${sql.now} AS now FROM state WHERE name IN (?, ?)`,
    [pauseName, endedName],
  );
  const find = (name: string): (typeof rows)[number] | undefined =>
    rows.find((row) => row["name"] === name);
  const [kept, over] = [find(pauseName), find(endedName)];
  const pause = kept === undefined ? undefined : parsePause(parseText(kept["value"]));
  const hasPassed = pause?.until !== undefined && pause.until <= Number(kept?.["now"]);
  return {
    pause: hasPassed ? undefined : pause,
    hasPassed,
    ended: over === undefined ? undefined : parseEnded(over),
  };
}

/**
 * Pauses, in the place of whatever pause there was. One that goes on has begun when it first did.
 *
 * A pause of deletions does not take the place of one of all writing: whoever stopped that would not know.
 *
 * Others learn of it within a second; `untilQuiet()` waits until none of them may still write.
 */
export function setPause(sql: Sql, options: SetPauseOptions): Promise<Pause> {
  const { scope, for: lasts, by, reason } = options;
  return sql.transaction(async (inside) => {
    await endPassedPause(inside);
    const { pause: before } = await readPauses(inside);
    if (before?.scope === "all" && scope === "deletions") {
      throw new ConfigError(
        `All writing to Port is paused by ${before.by}, deletions with it: pagerport resume ends that, then pause deletions`,
      );
    }
    const now = await readTime(inside);
    const pause: Pause = {
      scope,
      since: before?.scope === scope ? before.since : now,
      until: lasts === undefined ? undefined : now + Math.round(lasts),
      by: toLine(by) || "somebody",
      reason: toLine(reason ?? "") || undefined,
    };
    await keepState(inside, pauseName, JSON.stringify(pause));
    return pause;
  });
}

/**
 * Ends the pause, and asks for what it has kept from being done.
 *
 * @returns what was ended; undefined where nothing was paused, or its time had passed
 */
export function endPause(sql: Sql, { by }: { readonly by: string }): Promise<Pause | undefined> {
  return sql.transaction(async (inside) => {
    await endPassedPause(inside);
    const [row] = await inside.all("DELETE FROM state WHERE name = ? RETURNING value", [pauseName]);
    if (row === undefined) return undefined;
    const pause = parsePause(parseText(row["value"]));
    await settle(inside, { pause, by: toLine(by) || "somebody" });
    return pause;
  });
}

/**
 * Ends a pause whose time has passed, and asks for what it has kept from being done: to be called by
 * whoever sees that it has.
 */
export function endPassedPause(sql: Sql): Promise<void> {
  return sql.transaction(async (inside) => {
    const [kept] = await inside.all("SELECT value FROM state WHERE name = ?", [pauseName]);
    if (kept === undefined) return;
    const value = String(kept["value"]);
    const pause = parsePause(parseText(value));
    if (pause.until === undefined || pause.until > (await readTime(inside))) return;
    // Another may have been faster, or a person may have paused anew.
    const deleted = await inside.run("DELETE FROM state WHERE name = ? AND value = ?", [
      pauseName,
      value,
    ]);
    if (deleted > 0) await settle(inside, { pause, by: undefined });
  });
}

/** Has events that wait for the end of a pause of deletions looked at again at once. */
export async function wakePostponed(sql: Sql): Promise<number> {
  return sql.run(
    `UPDATE inbox SET next_attempt = ${sql.now}
    WHERE state = 'waiting' AND next_attempt > ${sql.now} AND last_error LIKE ?`,
    [`${deletionsArePaused}%`],
  );
}

/**
 * Notes that a run has left something that may have to be deleted: a full run is asked for at the end of the
 * pause; at once where that is over already.
 */
export function noteWithheldByPause(sql: Sql): Promise<void> {
  return sql.transaction(async (inside) => {
    // Whoever ends the pause has this row first, too: so they see the note, or it is seen here that they have.
    const held = await inside.run("UPDATE state SET value = value WHERE name = ?", [pauseName]);
    if (held > 0) await keepState(inside, withheldName, "");
    else await queueRun(inside, "full");
  });
}

async function settle(sql: Sql, ended: Pick<EndedPause, "pause" | "by">): Promise<void> {
  await keepState(sql, endedName, JSON.stringify(ended));
  await wakePostponed(sql);
  const withheld = await sql.run("DELETE FROM state WHERE name = ?", [withheldName]);
  if (withheld > 0) await queueRun(sql, "full");
}

function parseEnded(row: Readonly<Record<string, unknown>>): EndedPause {
  const { pause, by } = parseText(row["value"]);
  return {
    pause: parsePause(isJsonObject(pause) ? pause : {}),
    by: textOf(by),
    endedAt: Number(row["kept_at"]),
  };
}

function parseText(text: unknown): JsonObject {
  const json: Json = JSON.parse(String(text));
  return isJsonObject(json) ? json : {};
}

/** What is there and cannot be read holds all the same: of everything. */
function parsePause({ scope, since, until, by, reason }: JsonObject): Pause {
  return {
    scope: scope === "deletions" ? "deletions" : "all",
    since: typeof since === "number" ? since : 0,
    until: typeof until === "number" ? until : undefined,
    by: textOf(by) ?? "somebody",
    reason: textOf(reason),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** It is shown in logs and on terminals: one line, and no more than fits there. */
function toLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, longestText);
}
