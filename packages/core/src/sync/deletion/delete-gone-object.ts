import type { Mapper } from "../../map/mapper.ts";
import type { Resource } from "../../map/mapping.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { KindName } from "../../source/kinds.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { nameAbsent } from "../../store/deletion/absences.ts";
import { markTeamsGone, readTeamsOf } from "../../store/deletion/object-teams.ts";
import { recordApplied, takeNumber } from "../../store/freshness.ts";
import { readEvent } from "../../store/inbox-events.ts";
import type { InboxJob } from "../../store/inbox-jobs.ts";
import {
  type EntityRef,
  type ProducedEntity,
  readProduced,
  readProducers,
} from "../../store/produced.ts";
import type { Sql } from "../../store/sql.ts";
import { parseEvent } from "../../webhook/parse-event.ts";
import { readObjectId } from "../object-key.ts";
import { askById, type ByIdAnswer } from "./evidence/ask-by-id.ts";
import { readControl } from "./evidence/control-reading.ts";
import { createOwnedFinder } from "./carry/create-owned-finder.ts";
import { type DeleteLiveOptions, deleteLive, type LiveDeleted } from "./delete-live.ts";
import { watchReader } from "./brakes/watch-reader.ts";
import { isTeamThere } from "./evidence/find-suspicions.ts";
import { watchPagerDuty } from "./evidence/watch-pagerduty.ts";

export interface DeleteGoneObjectOptions extends Omit<
  DeleteLiveOptions,
  "candidates" | "now" | "tokenOwner"
> {
  readonly pagerDuty: PagerDutyClient;
  readonly mapper: Mapper;
  readonly kind: KindName;
  /** All of the mapping's resources of the object's kind. */
  readonly resources: readonly Resource[];
}

/** What came of an event that calls an object deleted. */
export type GoneObject =
  /** PagerDuty shows it: the event is false, or reading lags behind it. */
  | { readonly state: "shown" }
  /** PagerDuty answers neither 200 nor 404. */
  | { readonly state: "hidden" }
  /** Its entities are gone, as far as nothing holds them; `note` belongs into what ends the claim. */
  | (LiveDeleted & { readonly state: "gone"; readonly note: (sql: Sql) => Promise<void> });

/**
 * Sees to an event that calls an object deleted: the event's word alone deletes nothing. PagerDuty must
 * answer 404 for it, 200 for one that it lists and for the object's teams, and 404 for it again. What it produced is known
 * from the store, and from what the event still tells of it.
 *
 * @throws {HttpError} {@link NetworkError} where a host is down
 */
export async function deleteGoneObject(
  { key }: Pick<InboxJob, "key">,
  eventId: string,
  options: DeleteGoneObjectOptions,
): Promise<GoneObject> {
  const { kind, signal } = options;
  const { client, date } = watchPagerDuty(options.pagerDuty);
  const reader = await watchReader(client, signal);
  const ask = (): Promise<ByIdAnswer> => askById(client, kind, readObjectId(key), signal);
  const answer = await ask();
  if (answer !== "gone") return describeNotGone(answer);

  const entities = await findEntitiesOf(key, eventId, options);
  const control = await readControl({ client, kind, signal });
  const teams = control === "" ? await suspectTeams(key, client, options) : "";
  if (control === "") {
    // A moment in which PagerDuty finds nothing may have ended before the control reading.
    const again = await ask();
    if (again !== "gone") return describeNotGone(again);
  }
  const now = date() ?? 0;
  const deleted = await deleteLive({
    ...options,
    candidates: entities.map(({ ref, rows }) => ({
      ...ref,
      evidence: "E5",
      counts: true,
      rows,
      team: teams,
      control,
    })),
    now,
    tokenOwner: await reader.settle(),
  });
  const number = await takeNumber(options.sql);
  const note = async (inside: Sql): Promise<void> => {
    await deleted.note(inside, number);
    const isGone = new Set([...deleted.gone, ...deleted.stubbed].map(nameRef));
    const left = entities.map(({ ref }) => ref).filter((ref) => !isGone.has(nameRef(ref)));
    // What stays is named: the next reading that finds it gone is enough.
    if (control === "") await nameAbsent(inside, left, now);
    if (left.length > 0) return;
    await recordApplied(inside, [{ object: key, number, isDeleted: true }]);
    await markTeamsGone(inside, [key], { at: now, isNamed: true });
  };
  return { ...deleted, state: "gone", note };
}

function describeNotGone(answer: ByIdAnswer): GoneObject {
  return { state: answer === "found" ? "shown" : "hidden" };
}

interface EntityOf {
  readonly ref: EntityRef;
  readonly rows: readonly ProducedEntity[];
}

/** The entities that an object makes, and no other. */
async function findEntitiesOf(
  key: string,
  eventId: string,
  options: DeleteGoneObjectOptions,
): Promise<EntityOf[]> {
  const { sql } = options;
  const entities = new Map<string, EntityOf>();
  const produced = Map.groupBy(await readProduced(sql, [key]), nameRef);
  for (const [name, rows] of produced) {
    const [first] = rows;
    if (first === undefined) continue;
    const { blueprint, identifier } = first;
    entities.set(name, { ref: { blueprint, identifier }, rows });
  }
  for (const ref of await mapPayload(eventId, options)) {
    if (!entities.has(nameRef(ref))) entities.set(nameRef(ref), { ref, rows: [] });
  }
  const refs = [...entities.values()].map(({ ref }) => ref);
  for (const producer of await readProducers(sql, refs)) {
    if (producer.object !== key) entities.delete(nameRef(producer));
  }
  return [...entities.values()];
}

/** The entities of ours that the event's own data would make: the store may not know of it. */
async function mapPayload(
  eventId: string,
  { port, sql, mapper, resources, integrationIdentifier, signal }: DeleteGoneObjectOptions,
): Promise<readonly EntityRef[]> {
  const stored = await readEvent(sql, eventId);
  const { event } = stored === undefined ? { event: undefined } : parseEvent(stored.payload);
  if (event === undefined) return [];
  const refs: EntityRef[] = [];
  for (const resource of resources) {
    const [mapped] = await mapper.apply(resource, [event.data]);
    for (const { blueprint, identifier } of mapped?.entities ?? []) {
      if (typeof identifier === "string") refs.push({ blueprint, identifier });
    }
  }
  return createOwnedFinder({ port, integrationIdentifier, signal })(refs);
}

/** What is wrong with the teams of an object, as far as they are known. */
async function suspectTeams(
  key: string,
  client: PagerDutyClient,
  { sql, signal }: DeleteGoneObjectOptions,
): Promise<string> {
  for (const team of await readTeamsOf(sql, key)) {
    if (!(await isTeamThere(client, team, signal))) {
      return `PagerDuty does not show team ${team} that it belongs to`;
    }
  }
  return "";
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
