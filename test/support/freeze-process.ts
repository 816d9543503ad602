import type { Sql } from "@pagerport/core";
import { lapseLeases } from "./lapse-leases.ts";

/** Milliseconds after which a process is thought to have been stopped in the middle of a transaction. */
const patience = 2000;

/**
 * Stops a process at a place where it holds nothing in the store that others wait for, and has what it had
 * claimed lapse, as if it had been stopped for long.
 */
export async function freezeProcess(sql: Sql, pid: number): Promise<void> {
  for (;;) {
    process.kill(pid, "SIGSTOP");
    const lapsed = lapseLeases(sql, pid);
    const isDone = await Promise.race([
      lapsed.then(() => true),
      Bun.sleep(patience).then(() => false),
    ]);
    if (isDone) return;
    process.kill(pid, "SIGCONT");
    await lapsed;
  }
}

/** Lets a process go on that was stopped. */
export function thawProcess(pid: number): void {
  process.kill(pid, "SIGCONT");
}
