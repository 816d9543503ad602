import { inStatements, listParameters, type Row, type Sql } from "../sql.ts";
import { keptFor, type Retention } from "../../retention.ts";

/** Milliseconds between the warning and the end of a dead letter that nobody has looked at: 7 days. */
const letterNotice = 7 * 24 * 3_600_000;

/** Objects whose dead letters are kept as long as what rotates. */
const rotatingKeys = "coalesce(key LIKE 'oncalls/%', 1 = 0)";

/** Dead letters that nobody has listed, and that are forgotten soon. */
export interface ExpiringLetters {
  readonly letters: number;
  /** When the first of them goes, milliseconds since 1970 by the database's clock. */
  readonly firstAt: number;
}

/** What was done about dead letters. */
export interface TidiedLetters {
  /** Forgotten now. */
  readonly forgotten: number;
  readonly expiring: ExpiringLetters | undefined;
}

/** Notes that a person was shown dead letters: they may go once their time has passed. */
export async function noteListed(sql: Sql, ids: readonly string[]): Promise<void> {
  for (const some of inStatements([...ids].toSorted())) {
    await sql.run(
      `UPDATE inbox SET listed_at = ${sql.now}
      WHERE state = 'dead' AND listed_at IS NULL AND id IN (${listParameters(some.length)})`,
      some,
    );
  }
}

/**
 * Forgets dead letters whose time has passed. One that nobody has listed is warned of first, and stays for
 * another week, however old it is.
 */
export async function tidyDeadLetters(sql: Sql, retention: Retention): Promise<TidiedLetters> {
  return sql.transaction(async (inside) => {
    const { now } = inside;
    // What died before that was noted, or just now, has its whole time before it.
    await inside.run(`UPDATE inbox SET dead_at = ${now} WHERE state = 'dead' AND dead_at IS NULL`);
    await inside.run(
      `UPDATE inbox SET dead_at = NULL, listed_at = NULL, warned_at = NULL
      WHERE state = 'waiting' AND dead_at IS NOT NULL`,
    );
    let forgotten = 0;
    for (const rotates of [false, true]) {
      const kept = keptFor(retention, rotates);
      const keys = rotates ? rotatingKeys : `NOT ${rotatingKeys}`;
      const isDead = `state = 'dead' AND ${keys}`;
      await inside.run(
        `UPDATE inbox SET warned_at = ${now} WHERE ${isDead}
          AND listed_at IS NULL AND warned_at IS NULL AND dead_at <= ${now} - ?`,
        [Math.max(0, kept - letterNotice)],
      );
      forgotten += await inside.run(
        `DELETE FROM inbox WHERE ${isDead} AND dead_at <= ${now} - ?
          AND (listed_at IS NOT NULL OR warned_at <= ${now} - ?)`,
        [kept, letterNotice],
      );
    }
    return { forgotten, expiring: await readExpiringLetters(inside) };
  });
}

/** The dead letters that were warned of and that nobody has listed since; undefined where there are none. */
export async function readExpiringLetters(sql: Sql): Promise<ExpiringLetters | undefined> {
  const [row] = await sql.all(
    `SELECT count(*) AS letters, min(warned_at) AS warned_at FROM inbox
    WHERE state = 'dead' AND listed_at IS NULL AND warned_at IS NOT NULL`,
  );
  return parseExpiring(row);
}

function parseExpiring(row: Row | undefined): ExpiringLetters | undefined {
  const letters = Number(row?.["letters"] ?? 0);
  if (letters === 0) return undefined;
  return { letters, firstAt: Number(row?.["warned_at"]) + letterNotice };
}
