import type { JsonObject } from "../../../json.ts";
import type { Mapping } from "../../../map/mapping.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import { deleteEntities } from "../../../sink/port/delete-entities.ts";
import { guardWrites } from "../../../sink/port/guard-writes.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { StoredEntity } from "../../../sink/port/stored-entity.ts";
import { createEntityWriter } from "../../../sink/port/write-entities.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { EntityRef } from "../../../store/produced.ts";
import {
  type DeletionJournal,
  journalEntities,
  type JournalledRemoval,
  type Removal,
  type RemovalToJournal,
  type WholeEntity,
} from "./delete-journalled.ts";
import { orderRemovals } from "./order-removals.ts";
import { recentMargin } from "../check-guards.ts";
import { createRotatingTest } from "../../retention/rotating-kinds.ts";
import type { RunStore } from "../../run-store.ts";
import { type CarriedOut, CarriedOutCounts } from "./carried-out.ts";
import { claimProducers } from "./claim-producers.ts";
import { findRelationsTo } from "./find-relations-to.ts";
import { markAsStub, markBecomesStub, markRelatedBy } from "./journal-marks.ts";
import { noteCarriedOut } from "./note-carried-out.ts";
import { looksLikeStub, planStub, type StubEntity, type StubPlan } from "./plan-stub.ts";

/** Entities that are changed together: Port's largest bulk deletion. */
const mostAtOnce = 100;

export interface CarryOutOptions {
  readonly port: PortClient;
  /** All of the organisation. */
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly mapping: Pick<Mapping, "resources">;
  /** What goes, in any order; dependents too. */
  readonly removals: readonly EntityRef[];
  /** What becomes a stub, or stays one. */
  readonly stubs: readonly EntityRef[];
  readonly journal: DeletionJournal;
  /** Whether incidents that grow old go all the time. @default false */
  readonly deletesAged?: boolean | undefined;
  /**
   * A run claims the objects of what it changes, and notes what came of it. Undefined where the caller
   * holds the claim: it notes by {@link noteCarriedOut}.
   */
  readonly run:
    | {
        readonly store: RunStore;
        /** When it began, by Port's clock, milliseconds since 1970: what was written since stays. */
        readonly startedAt: number;
        /** See {@link claimProducers}. */
        readonly numberOf?: ((object: ObjectKey) => number) | undefined;
      }
    | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes entities and makes stubs of others. All of it is read whole and in the journal before the first
 * is changed: when an entity goes, Port takes it out of those that relate to it. Whatever a live event does
 * to its object meanwhile wins.
 *
 * @throws {PagerportError} where Port's answer holds no entities
 * @throws {JournalFullError} where the journal has no room, and it is no run; of a run all is refused then
 */
export async function carryOut(options: CarryOutOptions): Promise<CarriedOut[]> {
  const { blueprints, removals, stubs, run } = options;
  const counts = new CarriedOutCounts();
  const rotates = createRotatingTest(options.mapping, {
    deletesAged: options.deletesAged === true,
  });
  const names = new Set(removals.map(({ blueprint }) => blueprint));
  const groups = groupRefs(removals, orderRemovals([...names], blueprints));
  const stubEntities = new Map<string, StubEntity>();
  // Together: where one of them has no room, or cannot be written, the other is not changed either.
  const journalled = await journalEntities({
    ...options,
    removals: [...(await planRemovals(groups)), ...planStubs(groupRefs(stubs))],
    rotates,
  });
  noteUntouched();
  const doomed = journalled.slice(0, groups.length);
  const becoming = journalled.slice(groups.length);
  const full = journalled.find((one) => one.full !== undefined)?.full;
  if (run === undefined && full !== undefined) throw full;
  if (run !== undefined && counts.list().some(({ already }) => already.length > 0)) {
    const { sql, run: current } = run.store;
    await sql.transaction((inside) => noteCarriedOut(inside, counts.list(), current.number));
  }
  for (const removal of doomed) {
    await changeInParts(removal, async (identifiers, port, signal) => {
      const outcome = await deleteEntities(port, removal.blueprint, identifiers, signal);
      return { deleted: outcome.deleted, stubbed: [], refused: outcome.refused };
    });
  }
  for (const removal of becoming) {
    await changeInParts(removal, (identifiers, port, signal) =>
      writeStubs(
        identifiers.flatMap(
          (identifier) => stubEntities.get(nameEntity(removal.blueprint, identifier)) ?? [],
        ),
        port,
        signal,
      ),
    );
  }
  return counts.list();

  async function planRemovals(removed: readonly Removal[]): Promise<RemovalToJournal[]> {
    const { port, signal } = options;
    const ledHere = await findRelationsTo({ port, blueprints, removals: removed, signal });
    const toLine = ({ blueprint: name, identifier, content }: WholeEntity): JsonObject => {
      const line = markRelatedBy(content, ledHere.get(nameEntity(name, identifier)) ?? []);
      const blueprint = blueprints.get(name);
      if (blueprint === undefined) return line;
      const entity = { mapping: options.mapping, blueprint, identifier, stored: content };
      return looksLikeStub(entity) ? markAsStub(line) : line;
    };
    return removed.map(({ blueprint, identifiers }) => ({
      blueprint,
      identifiers,
      isKept: isRecent,
      toLine,
    }));
  }

  /** What is to be written of each goes into `stubEntities`, by name, when it is journalled. */
  function planStubs(removed: readonly Removal[]): RemovalToJournal[] {
    const isKept = (entity: StoredEntity): boolean =>
      planOf(entity).state === "write" && isRecent(entity);
    const toLine = (entity: WholeEntity): JsonObject | undefined => {
      const { blueprint, identifier, content } = entity;
      const plan = planOf(entity);
      if (plan.state === "already") counts.of(blueprint).already.push(identifier);
      if (plan.state === "impossible") {
        counts.of(blueprint).withheld.push({ identifier, reason: plan.reason });
      }
      if (plan.state !== "write") return undefined;
      stubEntities.set(nameEntity(blueprint, identifier), plan.entity);
      return markBecomesStub(content, plan.entity);
    };
    return removed.map(({ blueprint, identifiers }) => ({
      blueprint,
      identifiers,
      isKept,
      toLine,
    }));
  }

  function noteUntouched(): void {
    for (const { blueprint, missing, kept } of journalled) {
      counts.of(blueprint).unsure.push(...missing);
      counts.of(blueprint).recent.push(...kept);
    }
  }

  function isRecent({ updatedAt }: StoredEntity): boolean {
    if (run === undefined || updatedAt === undefined) return false;
    return updatedAt >= run.startedAt - recentMargin;
  }

  function planOf({ blueprint: name, identifier, content = {} }: StoredEntity): StubPlan {
    const blueprint = blueprints.get(name);
    if (blueprint === undefined) return { state: "impossible", reason: "its blueprint is gone" };
    return planStub({ mapping: options.mapping, blueprint, identifier, stored: content });
  }

  /** Changes entities of one blueprint, as far as nobody else works on their objects. */
  async function changeInParts(
    { blueprint, identifiers, problem }: JournalledRemoval,
    change: (
      identifiers: readonly string[],
      port: PortClient,
      signal?: AbortSignal,
    ) => Promise<Change>,
  ): Promise<void> {
    const count = counts.of(blueprint);
    if (problem !== "") {
      count.refused.push(...identifiers.map((identifier) => ({ identifier, reason: problem })));
      return;
    }
    for (let start = 0; start < identifiers.length; start += mostAtOnce) {
      const part = identifiers.slice(start, start + mostAtOnce);
      const noteChange = ({ deleted, stubbed, refused }: Change): void => {
        count.deleted.push(...deleted);
        count.stubbed.push(...stubbed);
        count.refused.push(...refused);
      };
      if (run === undefined) {
        noteChange(await change(part, options.port, options.signal));
        continue;
      }
      const { busy } = await claimProducers(
        { blueprint, identifiers: part },
        { ...run, signal: options.signal },
        async (free, signal, guard) => {
          const changed = await change(free, guardWrites(options.port, guard), signal);
          noteChange(changed);
          const noted = { ...count, ...changed, already: [] };
          return (inside) => noteCarriedOut(inside, [noted], run.store.run.number);
        },
      );
      count.recent.push(...busy);
    }
  }
}

/** What became of some entities that were to be changed. */
type Change = Pick<CarriedOut, "deleted" | "stubbed" | "refused">;

async function writeStubs(
  entities: readonly StubEntity[],
  port: PortClient,
  signal: AbortSignal | undefined,
): Promise<Change> {
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: false });
  const refusals = new Map<unknown, string>();
  for (const outcome of await writer.write(entities, signal)) {
    if (!outcome.written) refusals.set(outcome.entity.identifier, outcome.reason);
  }
  const names = entities.map(({ identifier }) => identifier);
  return {
    deleted: [],
    stubbed: names.filter((identifier) => !refusals.has(identifier)),
    refused: names.flatMap((identifier) => {
      const reason = refusals.get(identifier);
      return reason === undefined ? [] : [{ identifier, reason }];
    }),
  };
}

/** @param order of blueprints; as they come where it is not given */
function groupRefs(refs: readonly EntityRef[], order?: readonly string[]): Removal[] {
  const byBlueprint = Map.groupBy(refs, ({ blueprint }) => blueprint);
  return (order ?? [...byBlueprint.keys()]).map((blueprint) => ({
    blueprint,
    identifiers: [
      ...new Set((byBlueprint.get(blueprint) ?? []).map(({ identifier }) => identifier)),
    ],
  }));
}
