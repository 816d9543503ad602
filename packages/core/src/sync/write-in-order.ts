import type { Json } from "../json.ts";
import type { Entity } from "../map/entity.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { WriteGuard } from "../sink/port/guard-writes.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";

type Refused = Extract<WriteOutcome, { readonly written: false }>;

/**
 * Writes entities that were refused for want of one another: those first whose targets are there. Where
 * they relate in a circle, they are written without the relations that make it, and then whole.
 *
 * @returns what became of each of them
 */
export async function writeInOrder(
  writer: EntityWriter,
  refused: readonly Refused[],
  signal?: AbortSignal,
  guard?: WriteGuard,
): Promise<WriteOutcome[]> {
  const first = await writeInRounds(writer, refused, signal, guard);
  const stuck = first.filter(isForWantOfAnother);
  const loosened = loosen(stuck.map(({ entity }) => entity));
  if (loosened.length === 0) return first;

  // What is there in part can be related to, and so all of it can be written.
  const partly = (await writer.write(loosened, signal, guard)).filter(({ written }) => written);
  if (partly.length === 0) return first;
  const isCreated = new Map(
    partly.map((outcome) => [nameOf(outcome.entity), outcome.written && outcome.created]),
  );
  const second = await writeInRounds(writer, stuck, signal, guard);
  return [
    ...first.filter((outcome) => !isForWantOfAnother(outcome)),
    ...second.map((outcome): WriteOutcome => {
      if (!outcome.written) return outcome;
      const { entity, created, identifier } = outcome;
      const isNew = isCreated.get(nameOf(entity)) ?? created;
      return { entity, written: true, created: isNew, identifier };
    }),
  ];
}

/** As long as another round gets further: what was missing may itself have been refused. */
async function writeInRounds(
  writer: EntityWriter,
  refused: readonly Refused[],
  signal: AbortSignal | undefined,
  guard: WriteGuard | undefined,
): Promise<WriteOutcome[]> {
  const done: WriteOutcome[] = [];
  let left: readonly Refused[] = refused;
  while (left.length > 0) {
    const outcomes = await writer.write(
      left.map(({ entity }) => entity),
      signal,
      guard,
    );
    done.push(...outcomes.filter((outcome) => !isForWantOfAnother(outcome)));
    const next = outcomes.filter(isForWantOfAnother);
    if (next.length >= left.length) return [...done, ...next];
    left = next;
  }
  return done;
}

/** The entities that relate to one another, without those relations. */
function loosen(entities: readonly Entity[]): Entity[] {
  const identifiers = new Set<Json>(entities.map(({ identifier }) => identifier));
  return entities.flatMap((entity) => {
    const relations = Object.entries(entity.relations).filter(
      ([, target]) => ![target].flat().some((identifier) => identifiers.has(identifier)),
    );
    const isLoose = relations.length === Object.keys(entity.relations).length;
    return isLoose ? [] : [{ ...entity, relations: Object.fromEntries(relations) }];
  });
}

/** Whether Port refused an entity because one that it relates to is not there: it answers 404 then. */
export function isForWantOfAnother(outcome: WriteOutcome): outcome is Refused {
  return !outcome.written && outcome.status === 404;
}

function nameOf({ blueprint, identifier }: Entity): string {
  return nameEntity(blueprint, JSON.stringify(identifier));
}
