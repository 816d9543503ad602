import { randomUUID } from "node:crypto";
import type { EventListener } from "../events.ts";
import { freeDeadRun, startRunWhenFree, type WaitForRunOptions } from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import { type HeldRun, keepRun } from "./keep-run.ts";

/**
 * Begins an import's run as soon as no other goes on. What a killed process of the same import has left
 * behind is freed first: it would block this one until it lapses.
 *
 * Port may still be writing what that process had sent. This import reads and writes it again.
 *
 * @param memory where the run's token outlives the process; nobody else has it meanwhile
 */
export async function holdImportRun(
  sql: Sql,
  memory: { runToken: string | undefined },
  options: Omit<WaitForRunOptions, "type" | "token"> & {
    readonly onEvent?: EventListener | undefined;
  },
): Promise<HeldRun> {
  if (memory.runToken !== undefined) await freeDeadRun(sql, memory.runToken);
  const token = randomUUID();
  // First: a process may be killed at any moment.
  memory.runToken = token;
  const run = await startRunWhenFree(sql, { ...options, type: "import", token });
  const held = keepRun(sql, run, options.clock, options.onEvent);
  return {
    ...held,
    async end(ended) {
      await held.end(ended);
      memory.runToken = undefined;
    },
    async breakOff() {
      const isOurs = await held.breakOff();
      memory.runToken = undefined;
      return isOurs;
    },
  };
}
