import { type EntityRef, forgetEntities, readProducers } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { forgetStubs, recordStubs } from "../../../store/stubs.ts";
import type { CarriedOut } from "./carried-out.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";

/**
 * Notes in the store what was carried out. Nothing produces a stub any more: when its object is listed
 * again, the entity is made anew. What is unsure, recent or refused stays as it was known.
 *
 * @param number the number of the run, or of the read that an event asked for
 */
export async function noteCarriedOut(
  sql: Sql,
  carried: readonly CarriedOut[],
  number: number,
): Promise<void> {
  const stubs = carried.flatMap(({ blueprint, stubbed, already }) =>
    [...stubbed, ...already].map((identifier) => ({ blueprint, identifier })),
  );
  const deleted = carried.flatMap(({ blueprint, deleted: names }) =>
    names.map((identifier) => ({ blueprint, identifier })),
  );
  const producers = await readProducers(sql, stubs);
  const objects = new Map(producers.map((one) => [nameRef(one), one.object]));
  await recordStubs(
    sql,
    stubs.map((ref) => ({ ...ref, object: objects.get(nameRef(ref)) })),
  );
  await forgetEntities(sql, [...stubs, ...deleted], number);
  await forgetStubs(sql, deleted);
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
