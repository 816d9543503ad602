import type { DatabaseService } from "@backstage/backend-plugin-api";

/** Where Backstage's own scheduler keeps the tasks of a plugin; it has no other way to ask. */
const table = "backstage_backend_tasks__tasks";

/** When a task of the scheduler's begins next, milliseconds since 1970; undefined where it cannot be told. */
export async function findNextTask(
  database: DatabaseService,
  id: string,
): Promise<number | undefined> {
  try {
    const knex = await database.getClient();
    const row: unknown = await knex(table).where({ id }).first("next_run_start_at");
    const { next_run_start_at: next } = (row ?? {}) as Record<string, unknown>;
    const moment = next instanceof Date ? next.getTime() : Date.parse(String(next));
    return Number.isNaN(moment) ? undefined : moment;
  } catch {
    // Another scheduler is in its place, or a newer one that keeps its tasks elsewhere.
    return undefined;
  }
}
