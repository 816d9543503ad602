import { readExpiringLetters } from "../../store/retention/dead-letters.ts";
import { readJournalNote } from "../../store/retention/journal-note.ts";
import type { MetricsContext } from "./metrics-context.ts";

/**
 * What is kept for a time when it is asked; nothing while the store does not answer:
 *
 * - `pagerport_deletion_journal_bytes{sort}` what was deleted and can be put back: `kept` until its time has
 *   passed, `rotating` until room is needed
 * - `pagerport_deletion_journal_limit_bytes` what it may take; 0 = no limit
 * - `pagerport_deletion_journal_full` 1 while there is no room, so that nothing is deleted, else 0
 * - `pagerport_inbox_dead_expiring` dead letters that nobody has listed, and that are forgotten within 7 days
 */
export function addRetentionMetrics({ prometheus, registry, store }: MetricsContext): {
  /** Asks the store; to be called before what is registered is printed. Never rejects. */
  readonly refresh: () => Promise<void>;
} {
  const { Gauge } = prometheus;
  const registers = [registry];
  const bytes = new Gauge({
    name: "pagerport_deletion_journal_bytes",
    help: "What was deleted and can be put back, by sort",
    labelNames: ["sort"],
    registers,
  });
  const limit = new Gauge({
    name: "pagerport_deletion_journal_limit_bytes",
    help: "What that may take; 0 = no limit",
    registers,
  });
  const full = new Gauge({
    name: "pagerport_deletion_journal_full",
    help: "Whether there is no room for it, so that nothing is deleted",
    registers,
  });
  const expiring = new Gauge({
    name: "pagerport_inbox_dead_expiring",
    help: "Dead letters that nobody has listed, and that are forgotten within 7 days",
    registers,
  });
  return {
    async refresh() {
      bytes.reset();
      for (const gauge of [limit, full, expiring]) gauge.remove();
      try {
        const letters = await readExpiringLetters(store.sql);
        expiring.set(letters?.letters ?? 0);
        const note = await readJournalNote(store.sql);
        if (note === undefined) return;
        bytes.set({ sort: "kept" }, note.firm);
        bytes.set({ sort: "rotating" }, note.rotating);
        limit.set(note.limit);
        full.set(note.refused > 0 ? 1 : 0);
      } catch {
        // That the store does not answer is a metric of its own.
      }
    },
  };
}
