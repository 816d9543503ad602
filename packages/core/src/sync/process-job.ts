import type { Clock } from "../clock.ts";
import {
  describeError,
  ForeignHostError,
  HttpError,
  JournalFullError,
  NetworkError,
} from "../errors.ts";
import type { EventListener } from "../events.ts";
import type { Moment } from "../passed-time.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import { guardWrites } from "../sink/port/guard-writes.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { KindName } from "../source/kinds.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { addEvents, noPayload } from "../store/inbox.ts";
import { takeLeftServices } from "../store/incident-services.ts";
import type { InboxJob } from "../store/inbox-jobs.ts";
import { readFreshness, takeNumber } from "../store/freshness.ts";
import { LeaseLostError } from "../store/lease.ts";
import { readTime } from "../store/read-time.ts";
import type { Sql } from "../store/sql.ts";
import { uniteSignals } from "../unite-signals.ts";
import { applyClaimed, recordAppliedObjects } from "./apply-objects.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { createStoreCache } from "./create-store-cache.ts";
import type { DeletionJournal } from "./deletion/carry/delete-journalled.ts";
import { chooseThreshold } from "./deletion/brakes/choose-threshold.ts";
import { deleteGoneObject } from "./deletion/delete-gone-object.ts";
import type { DeleteLiveOptions, LiveDeleted } from "./deletion/delete-live.ts";
import { deleteOrphans } from "./deletion/delete-orphans.ts";
import { findBlocked } from "./deletion/brakes/find-blocked.ts";
import { leaveOutBlueprints } from "./deletion/brakes/check-naming.ts";
import { watchPagerDuty } from "./deletion/evidence/watch-pagerduty.ts";
import { isOfKind, readObjectId } from "./object-key.ts";
import type { EnrichObjects } from "./add-to-objects.ts";
import {
  endJob,
  failJob,
  type JobOutcome,
  type JobWork,
  type Note,
  postponeJob,
  publishJob,
} from "./end-job.ts";
import { openSource } from "./open-source.ts";
import type { PublishEvent } from "./publish-processed.ts";
import { createLiveGate } from "./ownership/create-live-gate.ts";
import { guardPort } from "./pause/guard-port.ts";
import type { PauseGate } from "./pause/pause-gate.ts";
import { PausedError } from "./pause/paused-error.ts";
import { postponePaused } from "./pause/postpone-paused.ts";
import type { OwnershipRules } from "./ownership/ownership-rules.ts";
import { workUnderClaim } from "./work-under-claim.ts";
import { describeUnavailable } from "./write-catalog.ts";

export interface ProcessJobOptions extends OwnershipRules {
  readonly pagerDuty: PagerDutyClient;
  readonly port: PortClient;
  readonly sql: Sql;
  readonly clock: Clock;
  /** Undefined where no mapping is known, or one without resources: events wait. */
  readonly mapper: Mapper | undefined;
  readonly journal: DeletionJournal;
  readonly integrationIdentifier: string;
  /** See `ResyncOptions`. @default 0.2 */
  readonly highestThreshold?: number | undefined;
  /** Is handed every event that has been seen to, before that is noted. */
  readonly publish?: PublishEvent | undefined;
  /** Told that a credential has become another account's: events wait until it is our own again. */
  readonly onForeign?: ((error: ForeignHostError) => void) | undefined;
  /** Adds to every object that is read, before it is mapped. */
  readonly enrich?: EnrichObjects | undefined;
  /** What of the work is paused. @default nothing */
  readonly pauses?: PauseGate | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The moment before the job was claimed. @default now */
  readonly since?: Moment | undefined;
  readonly onEvent?: EventListener | undefined;
}

/**
 * How long PagerDuty may take to show an object that it has told of, milliseconds: Ocean's own waits for
 * a new service come to 31 s.
 */
const longestUnseen = 30_000;
/** Milliseconds until an object that is not shown yet is asked for again, the first time; then doubled. */
const firstUnseenWait = 1000;
/**
 * Milliseconds until an object is read again of which PagerDuty refused values; and how long it is tried, before
 * they are left to the next full run: a token that may not read them would let each event wait.
 */
const firstLackWait = 60_000;
const longestLack = 180_000;
/** Milliseconds until a job is tried again that a host's trouble stopped; the host's pause decides. */
const hostRetry = 1000;
/** Milliseconds until it is tried again to delete what there was no room for in the journal. */
const fullRetry = 600_000;
/** Milliseconds until events are looked at again that there is no mapping for. */
const mappingRetry = 30_000;
const liveKinds: readonly KindName[] = ["incidents", "services"];

/**
 * Sees to all events of one object: the object is read as it is now, and Port brought to that. Where
 * `service.deleted` is among them, PagerDuty is asked whether it is gone.
 *
 * @throws {LeaseLostError} when another took the object over; its events are that one's
 * @throws {PausedError} when writing to Port is paused; the events wait as they are
 */
export async function processJob(job: InboxJob, options: ProcessJobOptions): Promise<JobOutcome> {
  const { sql, clock, pauses, since, onEvent } = options;
  const claimed = { sql, clock, claim: job.claim, since, work: "event", onEvent } as const;
  return workUnderClaim(claimed, async (guard) => {
    const signal = uniteSignals(options.signal, guard.signal);
    const port = guardWrites(options.port, guard);
    const paused = pauses?.watch("write");
    try {
      const work = await workOn(job, {
        ...options,
        port,
        signal: uniteSignals(signal, paused?.signal),
      });
      // Where a pause has begun since, all was written before.
      signal?.throwIfAborted();
      return await publishJob(job, work, options);
    } catch (error) {
      signal?.throwIfAborted();
      paused?.signal.throwIfAborted();
      if (error instanceof LeaseLostError) throw error;
      if (error instanceof PausedError) return await postponePaused(job, error, sql);
      if (error instanceof ForeignHostError) {
        options.onForeign?.(error);
        return postponeJob(job, { error: describeError(error), delay: hostRetry }, undefined);
      }
      if (error instanceof JournalFullError) return postponeFull(job, error);
      return isHostsFault(error)
        ? postponeJob(job, { error: describeError(error), delay: hostRetry }, error)
        : failJob(job, describeError(error));
    } finally {
      paused?.end();
    }
  });
}

/** By no fault of the event: it waits for room, and is never a dead letter. */
function postponeFull(job: InboxJob, { message }: JournalFullError, note?: Note): JobWork {
  return postponeJob(job, { error: message, delay: fullRetry }, undefined, note);
}

type JobOptions = ProcessJobOptions & { readonly mapper: Mapper };

async function workOn(job: InboxJob, given: ProcessJobOptions): Promise<JobWork> {
  const { mapper } = given;
  if (mapper === undefined) {
    const error = "There is no mapping yet, or none with resources";
    return postponeJob(job, { error, delay: mappingRetry }, undefined);
  }
  const options: JobOptions = { ...given, mapper };
  const kind = liveKinds.find((name) => isOfKind(job.key, name));
  const resources = mapper.mapping.resources.filter((resource) => resource.kind === kind);
  if (kind === undefined || resources.length === 0) return endJob(job, { outcome: "ignored" });
  if ((await readFreshness(options.sql, [job.key])).get(job.key)?.isDeleted === true) {
    return endJob(job, { outcome: "deleted" });
  }
  const deletion = job.events.find(({ type }) => type === "service.deleted");
  if (deletion !== undefined) {
    const work = await workOnDeletion(job, deletion.id, kind, resources, options);
    if (work !== undefined) return work;
  }
  try {
    const isFalseDeletion = deletion !== undefined;
    return await applyObject(job, kind, resources, { ...options, isFalseDeletion });
  } catch (error) {
    if (await isForbiddenAlone(error, kind, options)) return postponeUnseen(job, kind, options);
    throw error;
  }
}

/**
 * Sees to an event that calls the object deleted.
 *
 * @returns undefined where PagerDuty shows it for good: the event is false
 */
async function workOnDeletion(
  job: InboxJob,
  eventId: string,
  kind: KindName,
  resources: readonly Resource[],
  options: JobOptions,
): Promise<JobWork | undefined> {
  const threshold = readThreshold(options);
  const deleting = { ...options, ...guardDeletions(options), kind, resources, threshold };
  const gone = await deleteGoneObject(job, eventId, deleting);
  if (gone.state === "hidden") return endJob(job, { outcome: "not-visible" });
  if (gone.state === "shown") {
    const age = await readAge(job, options);
    if (age >= longestUnseen) return undefined;
    const error = `PagerDuty still shows ${kind}/${readObjectId(job.key)}, which it calls deleted`;
    return postponeJob(job, { error, delay: chooseUnseenWait(age) }, undefined);
  }
  const { kept, stubbed, withheld, refused, note } = gone;
  // Without a tombstone, so that all of it is done again.
  if (refused.length > 0) return failJob(job, describeRefused(refused), note);
  const isDone = gone.gone.length + stubbed.length + kept.length > 0 || withheld.length === 0;
  const told = describeDeleted({ kept, stubbed, withheld });
  return endJob(job, { outcome: isDone ? "deleted" : "withheld", ...told }, note);
}

/** Port for deletions, which may be paused alone. */
function guardDeletions({ port, pauses }: JobOptions): Pick<DeleteLiveOptions, "port" | "pauses"> {
  return pauses === undefined ? { port } : { port: guardPort(port, pauses, "deletion"), pauses };
}

function readThreshold({ mapper, highestThreshold }: JobOptions): number {
  return chooseThreshold(mapper.mapping.entityDeletionThreshold, highestThreshold);
}

/** What of a deletion is told: nothing of what there is none of. */
function describeDeleted({
  kept,
  stubbed,
  withheld,
}: Pick<LiveDeleted, "kept" | "stubbed" | "withheld">): Partial<
  Pick<LiveDeleted, "kept" | "stubbed" | "withheld">
> {
  return {
    ...(kept.length > 0 && { kept }),
    ...(stubbed.length > 0 && { stubbed }),
    ...(withheld.length > 0 && { withheld }),
  };
}

/** Whether only one object is refused to the token, as those of other teams are, and not its whole list. */
async function isForbiddenAlone(
  error: unknown,
  kind: KindName,
  { pagerDuty, signal }: ProcessJobOptions,
): Promise<boolean> {
  const isForbidden =
    error instanceof HttpError && error.host === "PagerDuty" && error.status === 403;
  if (!isForbidden) return false;
  try {
    await pagerDuty.get(`/${kind}`, [["limit", "1"]], signal);
    return true;
  } catch {
    return false;
  }
}

async function applyObject(
  job: InboxJob,
  kind: KindName,
  resources: readonly Resource[],
  options: JobOptions & { readonly isFalseDeletion: boolean },
): Promise<JobWork> {
  const { port, sql, clock, mapper, signal, onEvent, isFalseDeletion } = options;
  const { client, date } = watchPagerDuty(options.pagerDuty);
  const { createMissingRelatedEntities, enableMergeEntity } = mapper.mapping;
  const blocked = await findBlocked(job.key, kind, options);
  const gate = createLiveGate(options);
  const writer = new CatalogWriter({
    gate,
    writer: createEntityWriter({ port, merge: enableMergeEntity, createMissingRelatedEntities }),
    owned: new Map(),
    merge: enableMergeEntity,
    onEvent,
  });
  let deleted: LiveDeleted | undefined;
  let heldBack: PausedError | JournalFullError | undefined;
  const applied = await applyClaimed(
    {
      sql,
      source: openSource({
        client,
        clock,
        cache: createStoreCache(sql),
        enrich: options.enrich,
      }),
      mapper,
      writer,
      resources,
      change: (entry) => leaveOutBlueprints(entry, blocked(entry)),
      deleteOrphans: async (orphans, entries) => {
        try {
          deleted = await deleteOrphans(orphans, entries, {
            ...options,
            ...guardDeletions(options),
            kind,
            threshold: readThreshold(options),
            now: date() ?? 0,
          });
        } catch (error) {
          // What was written was: it is noted, and the rest waits.
          if (!(error instanceof PausedError || error instanceof JournalFullError)) throw error;
          heldBack = error;
        }
      },
      signal,
    },
    [job.key],
  );
  if (applied.missing.length > 0) return postponeUnseen(job, kind, options);
  await writer.finish(signal);
  await gate.save();
  const { unfinished: left } = await gate.report();

  // Whatever else is in the way: what was written was, and nothing older may take its place.
  const { added, replaced } = applied;
  const { kept = [], withheld = [], refused: undeleted = [], stubbed = [] } = deleted ?? {};
  const number = await takeNumber(sql);
  const note: Note = async (inside) => {
    // What is still there is found again only as long as it counts as produced.
    const isAllGone =
      heldBack === undefined && kept.length + withheld.length + undeleted.length === 0;
    const noted = isAllGone
      ? applied
      : { ...applied, replaced: [], added: [...added, ...replaced] };
    await recordAppliedObjects(inside, noted, number);
    await deleted?.note(inside, number);
    await queueLeftServices(inside, job, number);
  };
  const [refused] = writer.refused;
  if (refused !== undefined) {
    const { blueprint } = refused.entity;
    return failJob(job, `Port refused an entity of ${blueprint}: ${refused.reason}`, note);
  }
  if (undeleted.length > 0) return failJob(job, describeRefused(undeleted), note);
  const problem = applied.entries
    .flatMap(({ results }) => results.map(({ mapped }) => mapped))
    .find(({ withheld: unmade }) => unmade.length > 0)
    ?.problems.at(0);
  if (problem !== undefined) return failJob(job, `${problem.field}: ${problem.message}`, note);
  if (heldBack instanceof JournalFullError) return postponeFull(job, heldBack, note);
  if (heldBack !== undefined) return postponePaused(job, heldBack, sql, note);
  const lacking = describeUnavailable(kind, applied.unavailable);
  const age = lacking.length > 0 ? await readAge(job, options) : longestLack;
  if (age < longestLack) {
    const delay = Math.min(Math.max(firstLackWait, age), longestLack - age + firstUnseenWait);
    return postponeJob(job, { error: lacking.join("; "), delay }, undefined, note);
  }
  const told = {
    ...describeDeleted({ kept, stubbed, withheld }),
    ...(left.length > 0 && { left }),
    ...(lacking.length > 0 && { lacking }),
    ...(isFalseDeletion && { isFalseDeletion }),
  };
  return endJob(job, { outcome: "applied", ...told }, note);
}

function describeRefused([first]: LiveDeleted["refused"]): string {
  return `An entity of ${first?.blueprint} that nothing produces was not deleted: ${first?.reason}`;
}

/** Events name the service that an incident is on, and not the one that it has left. */
async function queueLeftServices(sql: Sql, job: InboxJob, number: number): Promise<void> {
  const [event] = job.events;
  if (event === undefined) return;
  const left = await takeLeftServices(sql, [job.key]);
  const { type, occurredAt } = event;
  await addEvents(
    sql,
    left.map((key) => ({
      // The same event may be worked on again, and find another service left.
      id: `${event.id}/left-${number}/${key}`,
      type,
      key,
      others: [],
      occurredAt,
      signedBy: undefined,
      payload: noPayload,
      state: "waiting",
    })),
  );
}

/** It may be too new to be shown; what stays away is left to the next resync. */
async function postponeUnseen(
  job: InboxJob,
  kind: KindName,
  options: ProcessJobOptions,
): Promise<JobWork> {
  const age = await readAge(job, options);
  if (age >= longestUnseen) return endJob(job, { outcome: "not-visible" });
  const delay = chooseUnseenWait(age);
  const error = `PagerDuty does not show ${kind}/${readObjectId(job.key)} yet`;
  return postponeJob(job, { error, delay }, undefined);
}

/** How long the first of a job's events has been here, in milliseconds. */
async function readAge(job: InboxJob, { sql }: Pick<ProcessJobOptions, "sql">): Promise<number> {
  const since = Math.min(...job.events.map(({ receivedAt }) => receivedAt));
  return (await readTime(sql)) - since;
}

function chooseUnseenWait(age: number): number {
  return Math.min(Math.max(firstUnseenWait, age), longestUnseen - age + firstUnseenWait);
}

/** No answer, a limit, a host's own error, or a credential that is refused: events are not to blame. */
export function isHostsFault(error: unknown): error is HttpError | NetworkError {
  if (error instanceof NetworkError) return true;
  if (!(error instanceof HttpError)) return false;
  // None of them redirects: something on the way does, such as a portal that wants a login first.
  if (error.status >= 300 && error.status < 400) return true;
  return error.status >= 500 || [401, 402, 403, 408, 429].includes(error.status);
}
