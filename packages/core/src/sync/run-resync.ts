import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import { describeError } from "../errors.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { JsonObject } from "../json.ts";
import type { Resource } from "../map/mapping.ts";
import {
  createKindExamples,
  type KindExamples,
  reportKindExamples,
} from "../sink/port/kind-examples.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { KindName } from "../source/kinds.ts";
import type { Source } from "../source/source.ts";
import { pruneServices, takeLeftServices } from "../store/incident-services.ts";
import type { EntityRef } from "../store/produced.ts";
import { readRunHistory } from "../store/run-history.ts";
import type { Run } from "../store/runs.ts";
import { applyTouched } from "./apply-touched.ts";
import { beginReading, type BegunReading } from "./begin-reading.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { createStoreCache } from "./create-store-cache.ts";
import type { DatedPort } from "./remember-date.ts";
import { deleteOrphans } from "./delete-orphans.ts";
import { openSource } from "./open-source.ts";
import { finishWaiting } from "./finish-waiting.ts";
import { isOfKind, readObjectId } from "./object-key.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { listDeltaPasses } from "./list-delta-passes.ts";
import type { MappedEntry } from "./map-page.ts";
import { countProblems, type ResourceCount } from "./resource-count.ts";
import { mergeReadings } from "./merge-readings.ts";
import type { ProducedNames } from "./produced-names.ts";
import { readBack } from "./read-back.ts";
import { reconcile, reportRemoved } from "./reconcile.ts";
import type { ResyncOptions } from "./resync.ts";
import type { RunStore } from "./run-store.ts";
import { createReport, type SyncReport } from "./sync-report.ts";
import { type CatalogReading, describeUnavailable, writeCatalog } from "./write-catalog.ts";

export interface RunResyncOptions extends Omit<ResyncOptions, "port"> {
  readonly port: DatedPort;
  /** Undefined writes nothing. */
  readonly run: Run | undefined;
  /** Why this run may not delete anything; empty where it may. */
  readonly withheldBy: string;
  /** When the last run began by Port's word, milliseconds since 1970: for a store that knows of none. */
  readonly lastStart: number | undefined;
}

export interface ResyncRun {
  readonly report: SyncReport;
  /** PagerDuty's time when it began, milliseconds since 1970; undefined where no incidents were read. */
  readonly sourceStart: number | undefined;
  /** Whether incidents were all read: if not, the next run asks again what happened to them. */
  readonly isRead: boolean;
}

/** What one resync does, between its beginning and its end. */
export async function runResync(options: RunResyncOptions): Promise<ResyncRun> {
  const { run, clock, mapper, onEvent } = options;
  const resources = mapper.mapping.resources.filter(
    ({ kind }) => options.kinds === undefined || options.kinds.includes(kind),
  );
  const source = openSource({
    client: options.pagerDuty,
    clock,
    cache: run === undefined ? createMemoryCache() : createStoreCache(options.store.sql),
    enrich: options.enrich,
    ...(onEvent && { onEvent }),
  });
  const { mapping } = mapper;
  const begun = await beginReading({
    ...options,
    source,
    mapping,
    resources,
    // What a delta reads hangs on PagerDuty's time.
    readsAtOnce: options.type !== "delta",
  });
  try {
    const port = options.port.client;
    return await writeBegun({ ...options, port }, { source, resources, begun });
  } finally {
    await begun.close();
  }
}

/** The options of a run that has begun to read. */
interface BegunOptions extends Omit<RunResyncOptions, "port"> {
  readonly port: PortClient;
}

interface Begun {
  readonly source: Source;
  readonly resources: readonly Resource[];
  readonly begun: BegunReading;
}

async function writeBegun(
  options: BegunOptions,
  { source, resources, begun }: Begun,
): Promise<ResyncRun> {
  const { run, clock, mapper, signal, onEvent, owner, port } = options;
  const { mapping } = mapper;
  const { sql } = options.store;
  const store: RunStore | undefined = run === undefined ? undefined : { sql, run, owner, clock };
  const { owned, startedAt, sourceStart } = begun;
  const isDelta = options.type === "delta";
  const examples = createKindExamples();

  const writer = new CatalogWriter({
    writer:
      store === undefined
        ? undefined
        : createEntityWriter({
            port,
            merge: mapping.enableMergeEntity,
            createMissingRelatedEntities: mapping.createMissingRelatedEntities,
          }),
    owned,
    merge: mapping.enableMergeEntity,
    onAction: options.onAction,
    onEvent,
  });
  const passes = isDelta ? listDeltaPasses(resources, sourceStart ?? clock.now()) : [resources];
  const readings: CatalogReading[] = [];
  for (const pass of passes) {
    const reading = await writeCatalog({
      reader: begun.reader ?? begun.read(pass),
      mapper,
      writer,
      store,
      resources: pass,
      skipped: readings[0]?.listed,
      onPage: ({ kind, entries }) =>
        examples.keep(
          kind,
          entries.map(({ object }) => object as JsonObject),
        ),
      signal,
      onEvent,
    });
    readings.push(reading);
  }
  const read = mergeReadings(readings);
  const waiting = await finishWaiting(writer, store, signal);
  const reading = { ...read, aside: addAside(read.aside, waiting) };
  const journal = run === undefined ? createNoJournal() : options.createJournal(run);
  const removed: EntityRef[] = [];
  const touched = await applyAllTouched(
    { ...options, source, writer, runStore: store, journal, resources, removed },
    reading,
    sourceStart,
  );
  await writer.finish(signal);
  for (const ref of writer.found) reading.produced.add(ref);

  const reconciliations = isDelta
    ? reportRemoved(removed)
    : await reconcile({
        port,
        mapping,
        sql,
        store,
        owned,
        produced: reading.produced,
        removed,
        unnamed: writer.unnamed,
        counts:
          touched.problems.length === 0 ? reading.resources : doubt(reading.resources, touched),
        startedAt,
        allowed: new Set(options.allowDelete),
        prune: options.prune === true,
        keepsAged: options.agedIncidents !== "delete",
        journal,
        withheldBy: options.withheldBy,
        onAction: options.onAction,
        signal,
      });
  writer.countRefused();
  if (store !== undefined && !isDelta) await pruneServices(sql, store.run.number);
  const notices = store === undefined ? [] : await tellDifferences(port, writer, options);
  if (store !== undefined && options.sendsExamples === true) {
    await sendExamples(port, examples, options);
  }
  const report = createReport({
    type: isDelta ? "delta" : "full",
    dryRun: run === undefined,
    owned,
    counts: reading.resources,
    writes: writer.counts,
    refused: writer.refused,
    reconciliations,
    unfinished: [
      ...(options.withheldBy === "" ? [] : [`Nothing was deleted: ${options.withheldBy}`]),
      ...new Set([...reading.unavailable, ...touched.unavailable]),
      ...touched.problems,
    ],
    notices,
  });
  const isComplete = new Set(
    reading.resources
      .filter(({ outcome }) => outcome.completion.state === "complete")
      .map(({ resource }) => resource.index),
  );
  const isRead =
    touched.problems.length === 0 &&
    mapping.resources
      .filter(({ kind }) => kind === "incidents")
      .every(({ index }) => isComplete.has(index));
  return { report, sourceStart, isRead };
}

/** Where it is not known what happened to incidents meanwhile, one may have slipped between listings. */
function doubt(
  counts: readonly ResourceCount[],
  { problems }: { readonly problems: readonly string[] },
): ResourceCount[] {
  const completion = { state: "incomplete", reason: problems.join("; ") } as const;
  return counts.map((count) =>
    count.resource.kind === "incidents" && count.outcome.completion.state === "complete"
      ? Object.assign({}, count, { outcome: { ...count.outcome, completion } })
      : count,
  );
}

/** What fails for an object that is read again counts as what fails in its listing does. */
function countApplied(
  entries: readonly MappedEntry[],
  { resources }: CatalogReading,
  emit: EventListener,
): void {
  for (const { resource, mapped } of entries.flatMap(({ results }) => results)) {
    const count = resources.find((one) => one.resource.index === resource.index);
    if (count !== undefined) countProblems(count, mapped, emit);
  }
}

function addAside(
  aside: CatalogReading["aside"],
  keys: ReadonlySet<ObjectKey>,
): CatalogReading["aside"] {
  const all = new Map([...aside].map(([kind, ids]) => [kind, new Set(ids)]));
  for (const kind of ["incidents", "services"] as const) {
    const added = [...keys].filter((key) => isOfKind(key, kind)).map(readObjectId);
    if (added.length > 0) all.set(kind, new Set([...(all.get(kind) ?? []), ...added]));
  }
  return all;
}

interface TouchedContext extends BegunOptions {
  readonly source: Source;
  readonly writer: CatalogWriter;
  readonly runStore: RunStore | undefined;
  readonly journal: ReturnType<RunResyncOptions["createJournal"]>;
  readonly resources: readonly Resource[];
  /** Takes in what is deleted. */
  readonly removed: EntityRef[];
}

/**
 * Brings those objects to their present state that changed while they were read, and incidents that no
 * listing shows but something happened to since the last good run.
 *
 * @returns what could not be done: what next time is to be asked again, and what could not be added
 */
async function applyAllTouched(
  context: TouchedContext,
  reading: CatalogReading,
  sourceStart: number | undefined,
): Promise<{ readonly problems: string[]; readonly unavailable: string[] }> {
  const { source, mapper, writer, runStore, resources, signal } = context;
  const problems: string[] = [];
  const unavailable: string[] = [];
  const idsOf = new Map<KindName, Set<string>>();
  for (const [kind, ids] of reading.aside) idsOf.set(kind, new Set(ids));
  if (sourceStart !== undefined) {
    const { lastComplete } = await readRunHistory(context.store.sql);
    const since = lastComplete?.sourceStart ?? context.lastStart ?? sourceStart;
    try {
      const changes = await source.changes(Math.min(since, sourceStart), signal);
      const ids = idsOf.get("incidents") ?? new Set();
      for (const [id, time] of changes.touched) {
        const isListed = reading.listed.has(`incidents/${id}`);
        if (!isListed || time >= sourceStart) ids.add(id);
      }
      idsOf.set("incidents", ids);
      if (!changes.complete) problems.push(changes.reason);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(
        `What happened to incidents since the last run is not known: ${describeError(error)}`,
      );
    }
  }
  // Last, when it is known which services incidents have left.
  const kinds = [...idsOf.keys()].filter((kind) => kind !== "services");
  for (const kind of [...kinds, "services"] as const) {
    const ids = idsOf.get(kind) ?? new Set();
    const ofKind = resources.filter((resource) => resource.kind === kind);
    if (kind === "services" && ofKind.length > 0 && runStore !== undefined) {
      for (const key of await takeLeftServices(runStore.sql)) ids.add(readObjectId(key));
    }
    const { left, ...lacking } = await applyTouched({
      source,
      mapper,
      writer,
      store: runStore,
      kind,
      resources: ofKind,
      ids: [...ids],
      produced: reading.produced,
      asideProduced: reading.asideProduced,
      onApplied: (entries) => countApplied(entries, reading, createEmitter(context.onEvent)),
      deleteOrphans:
        context.withheldBy === ""
          ? (orphans) => removeOrphans(orphans, context, reading.produced)
          : undefined,
      signal,
    });
    unavailable.push(...describeUnavailable(kind, lacking.unavailable));
    if (lacking.problem !== "") {
      problems.push(`Some of ${kind} that changed could not be read again: ${lacking.problem}`);
    }
    if (left.length > 0) {
      createEmitter(context.onEvent)({
        type: "notice",
        message: `${left.length} of ${kind} are being worked on by others, and were left to them`,
      });
    }
  }
  return { problems, unavailable };
}

async function removeOrphans(
  orphans: readonly EntityRef[],
  { port, store, mapper, journal, removed, signal }: TouchedContext,
  produced: ProducedNames,
): Promise<void> {
  // Another of the run's objects may have made it by now.
  const unmade = orphans.filter((ref) => !produced.has(ref));
  const { createMissingRelatedEntities, deleteDependentEntities } = mapper.mapping;
  const { gone } = await deleteOrphans(unmade, {
    port,
    sql: store.sql,
    journal,
    isProtected: createMissingRelatedEntities || deleteDependentEntities,
    signal,
  });
  removed.push(...gone);
}

async function tellDifferences(
  port: PortClient,
  writer: CatalogWriter,
  { mapper, signal }: BegunOptions,
): Promise<string[]> {
  const merge = mapper.mapping.enableMergeEntity;
  const different = await readBack(port, writer.samples, { merge, signal });
  return different.map(
    (field) => `Port stores ${field} otherwise than it is written, so every run writes it again`,
  );
}

/** No run fails because Port's mapping editor has nothing to show. */
async function sendExamples(
  port: PortClient,
  examples: KindExamples,
  { integrationIdentifier, signal, onEvent }: BegunOptions,
): Promise<void> {
  try {
    await reportKindExamples(port, { integrationIdentifier, examples, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const message = `Port was not given examples: ${describeError(error)}`;
    createEmitter(onEvent)({ type: "notice", message });
  }
}

function createNoJournal(): ReturnType<RunResyncOptions["createJournal"]> {
  return { append: () => undefined, flush: () => Promise.resolve() };
}
