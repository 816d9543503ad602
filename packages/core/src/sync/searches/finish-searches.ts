import { readMoment } from "../../passed-time.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { EntityWriter } from "../../sink/port/write-entities.ts";
import { claimObjects } from "../../store/claims.ts";
import { readProducers } from "../../store/produced.ts";
import { uniteSignals } from "../../unite-signals.ts";
import { isLiveKey } from "../object-key.ts";
import type { RunStore } from "../run-store.ts";
import { workUnderClaim } from "../work-under-claim.ts";
import type { SearchMemory } from "./search-memory.ts";

/**
 * Writes once more what was searched for before all of it was there: a run writes incidents while services
 * are still on their way. It does so under claims, as a page is written; what a live event did meanwhile is
 * newer, and the next run sees to it.
 */
export async function finishSearches(
  memory: SearchMemory,
  writer: EntityWriter,
  store: RunStore,
  signal?: AbortSignal,
): Promise<void> {
  const overtaken = await memory.listOvertaken();
  if (overtaken.length === 0) return;
  const { sql, run, owner, clock } = store;
  const refs = overtaken.flatMap(({ blueprint, identifier }) =>
    typeof identifier === "string" ? [{ blueprint, identifier }] : [],
  );
  const producers = (await readProducers(sql, refs)).filter(({ object }) => isLiveKey(object));
  const since = readMoment(clock);
  const { claim, held, stale } = await claimObjects(sql, {
    objects: producers.map(({ object }) => object),
    owner,
    number: run.number,
    runLease: run.lease,
  });
  const aside = new Set([...held, ...stale]);
  const left = new Set(
    producers
      .filter(({ object }) => aside.has(object))
      .map(({ blueprint, identifier }) => nameEntity(blueprint, identifier)),
  );
  const isOurs = ({ blueprint, identifier }: (typeof overtaken)[number]): boolean =>
    typeof identifier === "string" && !left.has(nameEntity(blueprint, identifier));
  await workUnderClaim({ ...store, claim, since, work: "page" }, async (guard) => {
    // A claim on nothing never lapses, but the run's lease does.
    const asked = claim.objects.length === 0 ? (store.guard ?? guard) : guard;
    await writer.write(overtaken.filter(isOurs), uniteSignals(signal, guard.signal), asked);
    return { value: undefined, note: () => Promise.resolve() };
  });
}
