import { nameEntity } from "../sink/port/port-entity.ts";
import { readMoment } from "../passed-time.ts";
import { claimObjects } from "../store/claims.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { readProducers } from "../store/produced.ts";
import { uniteSignals } from "../unite-signals.ts";
import type { CatalogWriter } from "./catalog-writer.ts";
import { isLiveKey } from "./object-key.ts";
import type { RunStore } from "./run-store.ts";
import { workUnderClaim } from "./work-under-claim.ts";

/**
 * Writes what was refused for want of another, under claims on the objects that it is of: by then a page
 * may be old, and whatever a live event did to its object meanwhile wins.
 *
 * @returns objects that must be read again
 */
export async function finishWaiting(
  writer: CatalogWriter,
  store: RunStore | undefined,
  signal?: AbortSignal,
): Promise<ReadonlySet<ObjectKey>> {
  const { waiting } = writer;
  if (store === undefined || waiting.length === 0) return new Set();
  const { sql, run, owner, clock } = store;
  const refs = waiting.flatMap(({ blueprint, identifier }) =>
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
  const names = new Set(
    producers
      .filter(({ object }) => aside.has(object))
      .map(({ blueprint, identifier }) => nameEntity(blueprint, identifier)),
  );
  writer.drop(
    new Set(
      waiting.filter(
        ({ blueprint, identifier }) =>
          typeof identifier === "string" && names.has(nameEntity(blueprint, identifier)),
      ),
    ),
  );
  await workUnderClaim({ ...store, claim, since, work: "page" }, async (guard) => {
    // A claim on nothing never lapses, but the run's lease does.
    const asked = claim.objects.length === 0 ? (store.guard ?? guard) : guard;
    await writer.finish(uniteSignals(signal, guard.signal), asked);
    return { value: undefined, note: () => Promise.resolve() };
  });
  return aside;
}
