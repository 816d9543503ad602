import { createMemoryCache } from "../../enrich/enrichment-cache.ts";
import { describeError } from "../../errors.ts";
import type { Entity } from "../../map/entity.ts";
import type { Resource } from "../../map/mapping.ts";
import { groupAlike, joinAlike } from "../../sink/port/join-entities.ts";
import { readEvent } from "../../store/inbox-events.ts";
import type { InboxJob } from "../../store/inbox-jobs.ts";
import type { EntityRef } from "../../store/produced.ts";
import { LeaseLostError } from "../../store/lease.ts";
import { readTime } from "../../store/read-time.ts";
import { uniteSignals } from "../../unite-signals.ts";
import { parseEvent } from "../../webhook/parse-event.ts";
import { CatalogWriter } from "../catalog-writer.ts";
import { listSearched, type WantedEntity } from "../catalog-findings.ts";
import { createOwnedFinder } from "../deletion/carry/create-owned-finder.ts";
import { askById } from "../deletion/evidence/ask-by-id.ts";
import { endJob, failJob, type JobOutcome, type JobWork, postponeJob } from "../end-job.ts";
import { listEntities, mapPages } from "../map-page.ts";
import { isOfKind, readObjectId } from "../object-key.ts";
import { openSource } from "../open-source.ts";
import { createOwnershipGate } from "../ownership/ownership-gate.ts";
import { isHostsFault, type ProcessJobOptions } from "../process-job.ts";
import { workUnderClaim } from "../work-under-claim.ts";

/** Milliseconds that PagerDuty may take to show an object that it has told of, and between looks for it. */
const longestUnseen = 30_000;
const unseenRetry = 5000;
/** Milliseconds until a job is tried again that a host's trouble stopped, or that there is no mapping for. */
const hostRetry = 1000;
const mappingRetry = 30_000;

export interface ShadowJobOptions extends Omit<
  ProcessJobOptions,
  "journal" | "publish" | "highestThreshold"
> {
  /** Told what the events would have had written. */
  readonly onWanted: (wanted: readonly WantedEntity[]) => void;
  /** Told which of our entities the events would have had deleted. */
  readonly onGone: (gone: readonly EntityRef[]) => void;
}

/**
 * Sees to all events of one object as `processJob()` does, up to where something would be written: that is
 * told, and the events are done with.
 *
 * @throws {LeaseLostError} when another took the object over; its events are that one's
 */
export async function processShadowJob(
  job: InboxJob,
  options: ShadowJobOptions,
): Promise<JobOutcome> {
  const { sql, clock } = options;
  return workUnderClaim(
    { sql, clock, claim: job.claim, work: "event" },
    async ({ signal: lost }) => {
      const signal = uniteSignals(options.signal, lost);
      try {
        const work = await workOn(job, { ...options, signal });
        signal?.throwIfAborted();
        return work;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof LeaseLostError) throw error;
        return isHostsFault(error)
          ? postponeJob(job, { error: describeError(error), delay: hostRetry }, error)
          : failJob(job, describeError(error));
      }
    },
  );
}

async function workOn(job: InboxJob, options: ShadowJobOptions): Promise<JobWork> {
  const { mapper, pagerDuty, clock, sql, signal } = options;
  if (mapper === undefined) {
    const error = "There is no mapping yet, or none with resources";
    return postponeJob(job, { error, delay: mappingRetry }, undefined);
  }
  const kind = (["incidents", "services"] as const).find((name) => isOfKind(job.key, name));
  const resources = mapper.mapping.resources.filter((resource) => resource.kind === kind);
  if (kind === undefined || resources.length === 0) return endJob(job, { outcome: "ignored" });
  const deletion = job.events.find(({ type }) => type === "service.deleted");
  const id = readObjectId(job.key);
  if (deletion !== undefined && (await askById(pagerDuty, kind, id, signal)) === "gone") {
    options.onGone(await findGone(deletion.id, resources, options));
    return endJob(job, { outcome: "deleted" });
  }
  const cache = createMemoryCache();
  const source = openSource({ client: pagerDuty, clock, cache, enrich: options.enrich });
  const { pages, missing } = await source.readObjects(resources, [id], signal);
  if (missing.length > 0) {
    const since = Math.min(...job.events.map(({ receivedAt }) => receivedAt));
    if ((await readTime(sql)) - since >= longestUnseen) {
      return endJob(job, { outcome: "not-visible" });
    }
    const error = `PagerDuty does not show ${kind}/${id} yet`;
    return postponeJob(job, { error, delay: unseenRetry }, undefined);
  }
  const entities = (await mapPages(mapper, pages)).flatMap(listEntities);
  options.onWanted(await leaveOutForeign(entities, options));
  return endJob(job, { outcome: "applied" });
}

/** What would be written: not what other integrations own, nor what Port would have to search for. */
async function leaveOutForeign(
  entities: readonly Entity[],
  options: ShadowJobOptions,
): Promise<WantedEntity[]> {
  const merge = options.mapper?.mapping.enableMergeEntity ?? true;
  // Port is asked of all: nothing is remembered that could tell.
  const findOurs = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set());
  const gate = createOwnershipGate({ ...options, dryRun: true, findOurs });
  const writer = new CatalogWriter({ gate, writer: undefined, owned: new Map(), merge });
  const ours = await writer.findChanged(entities);
  return groupAlike(ours).flatMap((group) => {
    const entity = joinAlike(group, { merge });
    const { identifier } = entity;
    if (typeof identifier !== "string") return [];
    return [{ entity: { ...entity, identifier }, ignored: listSearched(entity) }];
  });
}

/** The entities of ours that the event's own data would make. */
async function findGone(
  eventId: string,
  resources: readonly Resource[],
  { port, sql, mapper, integrationIdentifier, signal }: ShadowJobOptions,
): Promise<readonly EntityRef[]> {
  const stored = await readEvent(sql, eventId);
  const { event } = stored === undefined ? { event: undefined } : parseEvent(stored.payload);
  if (event === undefined || mapper === undefined) return [];
  const refs: EntityRef[] = [];
  for (const resource of resources) {
    const [mapped] = await mapper.apply(resource, [event.data]);
    for (const { blueprint, identifier } of mapped?.entities ?? []) {
      if (typeof identifier === "string") refs.push({ blueprint, identifier });
    }
  }
  return createOwnedFinder({ port, integrationIdentifier, signal })(refs);
}
