import { type EntityRef, readMoment } from "../produced.ts";
import type { Sql } from "../sql.ts";

/** What one brake holds of a blueprint, for a person to decide. Moments are milliseconds by the database's clock. */
export interface PlanSummary {
  readonly id: number;
  readonly blueprint: string;
  /** `share`, `reader`, `empty`, `team` or `dependents`, see `docs/deletion.md`. */
  readonly brake: string;
  /** For a person. */
  readonly reason: string;
  /** `mapping`: the mapping names entities otherwise; approving writes the new ones and deletes these. */
  readonly sort: "deletions" | "mapping";
  /** The run that withheld it; undefined = live events. */
  readonly run: number | undefined;
  readonly openedAt: number;
  /** Since when the oldest of those that wait has been withheld; where none waits, when it was opened. */
  readonly since: number;
  /** Entities that wait for a decision. */
  readonly entities: number;
  /** Approved, and not gone yet. */
  readonly approved: number;
  readonly rejected: number;
}

/** Where an entity of a plan is. */
export type PlanEntityState = "open" | "approved" | "rejected";

/** An entity of a plan. */
export interface PlanEntity extends EntityRef {
  readonly title: string | undefined;
  readonly since: number;
  readonly state: PlanEntityState;
  /** It would go only because it cannot be without another of the plan. */
  readonly isDependent: boolean;
  readonly why: string;
  /** Who decided. */
  readonly by: string | undefined;
  /** Entities in Port that relate to it; undefined = not counted. */
  readonly related: number | undefined;
}

/** A plan, whole. */
export interface Plan {
  readonly summary: PlanSummary;
  readonly entities: readonly PlanEntity[];
  /** Identifiers that are written in their place, of a changed mapping. */
  readonly writes: readonly string[];
  /** The parts of the mapping that it hangs on, hashed. */
  readonly reader: string;
  /** The plan that has all of it and more, where there is one. */
  readonly replacedBy: number | undefined;
}

/** Plans of which something is open, approved or rejected, those opened first at first. */
export async function listPlans(sql: Sql): Promise<PlanSummary[]> {
  const rows = await sql.all(
    `${selectSummaries} GROUP BY plan.number HAVING count(entity.plan) > 0 ORDER BY plan.number`,
  );
  return rows.map(parseSummary);
}

/** One plan; undefined where there is none of that number. */
export async function readPlan(sql: Sql, id: number): Promise<Plan | undefined> {
  const [row] = await sql.all(`${selectSummaries} WHERE plan.number = ? GROUP BY plan.number`, [
    id,
  ]);
  if (row === undefined) return undefined;
  const entities = await sql.all(
    "SELECT * FROM plan_entity WHERE plan = ? ORDER BY is_dependent, blueprint, identifier",
    [id],
  );
  const writes = row["writes"];
  return {
    summary: parseSummary(row),
    entities: entities.map(parseEntity),
    writes: typeof writes === "string" ? (JSON.parse(writes) as string[]) : [],
    reader: String(row["reader"]),
    replacedBy: readMoment(row["replaced_by"]),
  };
}

const selectSummaries = `SELECT plan.number, max(plan.blueprint) AS blueprint,
  max(plan.brake) AS brake, max(plan.reason) AS reason, max(plan.reader) AS reader,
  max(plan.run) AS run, max(plan.writes) AS writes, max(plan.opened_at) AS opened_at,
  max(plan.replaced_by) AS replaced_by,
  min(CASE WHEN entity.state = 'open' AND entity.is_dependent = 0 THEN entity.since END) AS since,
  sum(CASE WHEN entity.state = 'open' AND entity.is_dependent = 0 THEN 1 ELSE 0 END) AS entities,
  sum(CASE WHEN entity.state = 'approved' AND entity.is_dependent = 0 THEN 1 ELSE 0 END) AS approved,
  sum(CASE WHEN entity.state = 'rejected' AND entity.is_dependent = 0 THEN 1 ELSE 0 END) AS rejected
  FROM plan LEFT JOIN plan_entity AS entity ON entity.plan = plan.number`;

type Row = Readonly<Record<string, unknown>>;

function parseSummary(row: Row): PlanSummary {
  return {
    id: Number(row["number"]),
    blueprint: String(row["blueprint"]),
    brake: String(row["brake"]),
    reason: String(row["reason"]),
    sort: row["writes"] === null ? "deletions" : "mapping",
    run: readMoment(row["run"]),
    openedAt: Number(row["opened_at"]),
    since: Number(row["since"] ?? row["opened_at"]),
    entities: Number(row["entities"]),
    approved: Number(row["approved"]),
    rejected: Number(row["rejected"]),
  };
}

/** A row of `plan_entity`. */
export function parseEntity(row: Row): PlanEntity {
  const [title, by] = [row["title"], row["decided_by"]];
  return {
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    title: typeof title === "string" ? title : undefined,
    since: Number(row["since"]),
    state: row["state"] as PlanEntityState,
    isDependent: Number(row["is_dependent"]) === 1,
    why: String(row["why"]),
    by: typeof by === "string" ? by : undefined,
    related: readMoment(row["related"]),
  };
}
