import type { KeptEntities, RunType } from "./runs.ts";
import type { Row, Sql } from "./sql.ts";

/** Runs that are remembered; the last full one in any case. */
const keptRuns = 1000;

/** A run that has ended. Moments are milliseconds since 1970. */
export interface PastRun {
  readonly number: number;
  readonly type: RunType;
  readonly owner: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** `lost` = its process died or was cut off. */
  readonly outcome: "complete" | "incomplete" | "failed" | "lost";
  /** PagerDuty's time when it began. */
  readonly sourceStart: number;
  /** What it did not delete though nothing produces it, and why. */
  readonly withheld: readonly string[];
  /** What it withheld for a person, and what was not settled; of versions that did not keep it, nothing. */
  readonly kept: readonly KeptEntities[];
}

/** What scheduling goes by. */
export interface RunHistory {
  /** The last full run that got to its end, even with something withheld or incomplete. */
  readonly lastFull?: PastRun | undefined;
  /** The last delta that got to its end. */
  readonly lastDelta?: PastRun | undefined;
  /** The last run of these that read all it was to: what changed since its start is unknown. */
  readonly lastComplete?: PastRun | undefined;
}

/** The last runs of each sort; full runs and deltas only. */
export async function readRunHistory(sql: Sql): Promise<RunHistory> {
  const [lastFull, lastDelta, lastComplete] = [
    await readLast(sql, "type = 'full' AND outcome IN ('complete', 'incomplete')"),
    await readLast(sql, "type = 'delta' AND outcome IN ('complete', 'incomplete')"),
    await readLast(sql, "type IN ('full', 'delta') AND outcome = 'complete'"),
  ];
  return { lastFull, lastDelta, lastComplete };
}

/** When the last full run or delta began, whatever became of it; undefined before the first. */
export async function readLastStart(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.all(
    "SELECT max(started_at) AS started_at FROM run WHERE type IN ('full', 'delta')",
  );
  const startedAt = row?.["started_at"];
  return startedAt === null || startedAt === undefined ? undefined : Number(startedAt);
}

/** Numbers of the full runs and deltas that are remembered, those that go on included, by when they began. */
export async function readStarts(sql: Sql): Promise<ReadonlyMap<number, number>> {
  const rows = await sql.all("SELECT number, started_at FROM run WHERE type IN ('full', 'delta')");
  return new Map(rows.map((row) => [Number(row["started_at"]), Number(row["number"])]));
}

/** The last runs of any sort, latest first. */
export async function readPastRuns(sql: Sql, count: number): Promise<PastRun[]> {
  const rows = await sql.all(
    "SELECT * FROM run WHERE ended_at IS NOT NULL ORDER BY number DESC LIMIT ?",
    [count],
  );
  return rows.map(parseRun);
}

/** Forgets runs of long ago; what they deleted can still be put back. */
export async function pruneRuns(sql: Sql, kept = keptRuns): Promise<number> {
  return sql.run(
    `DELETE FROM run WHERE ended_at IS NOT NULL
      AND number NOT IN (SELECT number FROM run ORDER BY number DESC LIMIT ?)
      AND number NOT IN (
        SELECT max(number) FROM run WHERE outcome IN ('complete', 'incomplete') GROUP BY type
      )`,
    [kept],
  );
}

async function readLast(sql: Sql, condition: string): Promise<PastRun | undefined> {
  const [row] = await sql.all(`SELECT * FROM run WHERE ${condition} ORDER BY number DESC LIMIT 1`);
  return row === undefined ? undefined : parseRun(row);
}

function parseRun(row: Row): PastRun {
  return {
    number: Number(row["number"]),
    type: row["type"] as RunType,
    owner: String(row["owner"]),
    startedAt: Number(row["started_at"]),
    endedAt: Number(row["ended_at"]),
    outcome: row["outcome"] as PastRun["outcome"],
    sourceStart: Number(row["source_start"] ?? row["started_at"]),
    withheld: JSON.parse(String(row["withheld"])) as string[],
    kept: parseKept(row["kept"]),
  };
}

function parseKept(value: unknown): KeptEntities[] {
  return typeof value === "string" ? (JSON.parse(value) as KeptEntities[]) : [];
}
