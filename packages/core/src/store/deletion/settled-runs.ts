import { inStatements, rowParameters, type Sql } from "../sql.ts";

/** What a resource of the mapping read in a run. */
export interface ResourceMemory {
  /** Objects that PagerDuty listed. */
  readonly objects: number;
  /** Those of them that its `query` let through. */
  readonly passed: number;
}

/** The last full run that withheld nothing of a blueprint. Moments by PagerDuty's clock, milliseconds. */
export interface SettledRun {
  readonly blueprint: string;
  readonly run: number;
  readonly at: number;
  /** The parts of the mapping that decided what was read and how it was named, hashed. */
  readonly reader: string;
  /** Whose token it was, hashed or by a word. */
  readonly tokenOwner: string;
  /** By the resource's name, `services[0]`. */
  readonly resources: Readonly<Record<string, ResourceMemory>>;
  /** Number of the first such run. */
  readonly firstRun: number;
}

/** The last settled run of every blueprint that had one. */
export async function readSettledRuns(sql: Sql): Promise<Map<string, SettledRun>> {
  const rows = await sql.all("SELECT * FROM settled_run");
  return new Map(
    rows.map((row) => {
      const blueprint = String(row["blueprint"]);
      const settled = {
        blueprint,
        run: Number(row["run"]),
        at: Number(row["at"]),
        reader: String(row["reader"]),
        tokenOwner: String(row["token_owner"]),
        resources: JSON.parse(String(row["resources"])) as SettledRun["resources"],
        firstRun: Number(row["first_run"]),
      };
      return [blueprint, settled];
    }),
  );
}

/** Remembers runs that settled blueprints; which was the first stays. */
export async function keepSettledRuns(sql: Sql, settled: readonly SettledRun[]): Promise<void> {
  for (const some of inStatements(settled)) {
    await sql.run(
      `INSERT INTO settled_run (blueprint, run, at, reader, token_owner, resources, first_run)
      VALUES ${rowParameters(some.length, 7)}
      ON CONFLICT (blueprint) DO UPDATE SET run = excluded.run, at = excluded.at,
        reader = excluded.reader, token_owner = excluded.token_owner, resources = excluded.resources`,
      some.flatMap(({ blueprint, run, at, reader, tokenOwner, resources, firstRun }) => [
        blueprint,
        run,
        at,
        reader,
        tokenOwner,
        JSON.stringify(resources),
        firstRun,
      ]),
    );
  }
}
