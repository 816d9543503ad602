import { isIdentified, isRecord } from "../source/objects.ts";
import {
  createShiftMemory,
  type KeptShiftSchedule,
  type ShiftMemory,
} from "../source/shift-memory.ts";
import { forgetEnrichments, keepEnrichments, listEnrichments } from "../store/enrichments.ts";
import type { ObjectKey } from "../store/freshness.ts";
import type { Sql } from "../store/sql.ts";
import { keepState, readState } from "../store/state.ts";
import { nameObject } from "./object-key.ts";

/** What a schedule is kept under, followed by what was asked of it. */
const prefix = "shift_schedule";
/** Under this name is kept that their list is refused. */
export const shiftRefusal = "shift_schedules_refused";

/** Remembers shift-based schedules in the store, for later runs and other processes. */
export function createStoreShiftMemory(sql: Sql): ShiftMemory {
  return {
    async list() {
      const kept = await listEnrichments(sql, "v3/schedules/");
      return kept.flatMap(({ name, updatedAt, value }): KeptShiftSchedule[] => {
        const { readAt, schedule } = isRecord(value) ? value : {};
        if (typeof readAt !== "number" || !isIdentified(schedule)) return [];
        return [{ asked: name.slice(prefix.length), summary: updatedAt, readAt, schedule }];
      });
    },
    async keep(schedules) {
      for (const [asked, some] of Map.groupBy(schedules, (one) => one.asked)) {
        const kept = some.map(({ summary, readAt, schedule }) => ({
          object: nameOf(schedule),
          updatedAt: summary,
          value: { readAt, schedule },
        }));
        await keepEnrichments(sql, `${prefix}${asked}`, kept);
      }
    },
    forget: (ids) =>
      forgetEnrichments(
        sql,
        ids.map((id) => nameOf({ id })),
      ),
    async noteRefusal() {
      if ((await readState(sql, shiftRefusal)) !== undefined) return false;
      await keepState(sql, shiftRefusal, "told");
      return true;
    },
  };
}

/** The same for a run that writes nothing: it knows what is in the store, and what it reads itself. */
export async function previewShiftMemory(sql: Sql): Promise<ShiftMemory> {
  const kept = createStoreShiftMemory(sql);
  const own = createShiftMemory();
  await own.keep(await kept.list());
  return {
    ...own,
    noteRefusal: async () =>
      (await readState(sql, shiftRefusal)) === undefined && own.noteRefusal(),
  };
}

function nameOf(schedule: { readonly id: string }): ObjectKey {
  return nameObject("v3/schedules", schedule);
}
