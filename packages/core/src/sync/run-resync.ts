import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import { describeError } from "../errors.ts";
import { createEmitter } from "../events.ts";
import type { JsonObject } from "../json.ts";
import type { Resource } from "../map/mapping.ts";
import {
  createKindExamples,
  type KindExamples,
  reportKindExamples,
} from "../sink/port/kind-examples.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { Source } from "../source/source.ts";
import { readSettledRuns } from "../store/deletion/settled-runs.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { pruneServices } from "../store/incident-services.ts";
import type { Run } from "../store/runs.ts";
import { applyAllTouched, applyFound, type TouchedContext } from "./apply-all-touched.ts";
import { beginReading, type BegunReading } from "./begin-reading.ts";
import type { ClaimGuard } from "./claim-guard.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { createStoreShiftMemory, previewShiftMemory } from "./create-shift-memory.ts";
import { createStoreCache } from "./create-store-cache.ts";
import type { DeletionJournal } from "./deletion/carry/delete-journalled.ts";
import { keepBlocked } from "./deletion/brakes/blocked-blueprints.ts";
import { createNamingCheck, type NamingCheck } from "./deletion/brakes/check-naming.ts";
import { chooseThreshold } from "./deletion/brakes/choose-threshold.ts";
import { describeReader } from "./deletion/brakes/describe-reader.ts";
import { type ReaderWatch, watchReader } from "./deletion/brakes/watch-reader.ts";
import { reconcile, type Reconciled } from "./deletion/reconcile.ts";
import { RunSightings } from "./deletion/evidence/run-sightings.ts";
import { watchPagerDuty, type WatchedPagerDuty } from "./deletion/evidence/watch-pagerduty.ts";
import { leaveOutBlocked } from "./deletion/allowed.ts";
import { type Decisions, readDecisions } from "./deletion/plans/read-decisions.ts";
import { finishWaiting } from "./finish-waiting.ts";
import { listDeltaPasses } from "./list-delta-passes.ts";
import { mergeReadings } from "./merge-readings.ts";
import { isOfKind, readObjectId } from "./object-key.ts";
import { openSource } from "./open-source.ts";
import { createOwnershipGate } from "./ownership/ownership-gate.ts";
import { guardPort } from "./pause/guard-port.ts";
import { tellOfHeldDeletions } from "./pause/held-deletions.ts";
import { readBack } from "./read-back.ts";
import { finishSearches } from "./searches/finish-searches.ts";
import { createSearchMemory } from "./searches/search-memory.ts";
import type { DatedPort } from "./remember-date.ts";
import type { ResourceCount } from "./resource-count.ts";
import type { ResyncOptions } from "./resync.ts";
import type { RunStore } from "./run-store.ts";
import { createReport, type SyncReport } from "./sync-report.ts";
import { type CatalogReading, writeCatalog } from "./write-catalog.ts";

export interface RunResyncOptions extends Omit<ResyncOptions, "port"> {
  readonly port: DatedPort;
  /** Undefined writes nothing. */
  readonly run: Run | undefined;
  /** Of the run's lease. */
  readonly guard?: ClaimGuard | undefined;
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
  const watched = watchPagerDuty(options.pagerDuty);
  const { sql } = options.store;
  const reader = await watchReader(watched.client, options.signal);
  const source = openSource({
    client: watched.client,
    clock,
    cache: run === undefined ? createMemoryCache() : createStoreCache(sql),
    shiftMemory: run === undefined ? await previewShiftMemory(sql) : createStoreShiftMemory(sql),
    refreshes: options.type !== "delta",
    countRequests: watched.requests,
    enrich: options.enrich,
    ...(onEvent && { onEvent }),
  });
  const { mapping } = mapper;
  const decisions = await readDecisions(sql, { ...options, mapping });
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
    const changed = await findChangedBlueprints(options, begun, decisions);
    const naming = createNamingCheck({
      mapper,
      sql: options.store.sql,
      changed,
      isOwned: ({ blueprint, identifier }) => begun.owned.get(blueprint)?.has(identifier) === true,
    });
    const context = { source, resources, begun, watched, reader, naming, decisions };
    return await writeBegun({ ...options, port }, context);
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
  readonly watched: WatchedPagerDuty;
  readonly reader: ReaderWatch;
  readonly naming: NamingCheck;
  readonly decisions: Decisions;
}

/** Blueprints that the mapping reads or names otherwise than when they were settled last. */
async function findChangedBlueprints(
  { mapper, store }: RunResyncOptions,
  { owned }: BegunReading,
  { mappings }: Decisions,
): Promise<ReadonlySet<string>> {
  const settled = await readSettledRuns(store.sql);
  const isChanged = (blueprint: string): boolean => {
    const before = settled.get(blueprint);
    return before !== undefined && before.reader !== describeReader(mapper.mapping, blueprint);
  };
  const names = [...owned.keys()].filter((blueprint) => !mappings.has(blueprint));
  return new Set(names.filter(isChanged));
}

async function writeBegun(options: BegunOptions, context: Begun): Promise<ResyncRun> {
  const { run, clock, mapper, signal, onEvent, owner, port, guard } = options;
  const { begun, source, resources, naming } = context;
  const { mapping } = mapper;
  const { sql } = options.store;
  const store: RunStore | undefined =
    run === undefined ? undefined : { sql, run, owner, clock, guard, onEvent };
  const { owned, sourceStart } = begun;
  const isDelta = options.type === "delta";
  const examples = createKindExamples();
  const sightings = new RunSightings();

  const gate = createOwnershipGate({
    ...options,
    sql,
    dryRun: store === undefined,
    // All that is owned is in the listing.
    findOurs: () => Promise.resolve(new Set()),
    isListed: ({ blueprint, identifier }) => owned.get(blueprint)?.has(identifier) === true,
  });
  const searches = createSearchMemory({ port, sql, owned, signal });
  const entityWriter = searches.watch(
    createEntityWriter({
      port,
      merge: mapping.enableMergeEntity,
      createMissingRelatedEntities: mapping.createMissingRelatedEntities,
    }),
  );
  const writer = new CatalogWriter({
    gate,
    writer: store === undefined ? undefined : entityWriter,
    owned,
    searches,
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
      sightings,
      naming,
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
  const { blocked } = naming;
  const touching = { ...options, source, writer, runStore: store, resources, sightings, blocked };
  const touched = await applyAllTouched(touching, reading, sourceStart);
  await writer.finish(signal, guard);
  if (store !== undefined) await finishSearches(searches, entityWriter, store, signal);
  for (const ref of writer.found) reading.produced.add(ref);

  const counts =
    touched.problems.length === 0 ? reading.resources : doubt(reading.resources, touched);
  const held = await tellOfHeldDeletions(options);
  const withheldBy = options.withheldBy || held.reason;
  const {
    blueprints: reconciliations,
    short,
    notices: decided,
  } = await reconcileBegun({ ...touching, withheldBy, reading, counts, journal }, context);
  await held.note(reconciliations);
  writer.countRefused();
  if (store !== undefined) {
    await keepBlocked(sql, mapping, blocked);
    await gate.save();
    await searches.prune();
    if (!isDelta) await pruneServices(sql, store.run.number);
  }
  const ownership = await gate.report();
  const notices = [
    ...decided,
    ...ownership.notices,
    ...(store === undefined ? [] : await tellDifferences(port, writer, options)),
  ];
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
      ...(withheldBy === "" ? [] : [`Nothing was deleted: ${withheldBy}`]),
      ...new Set([...reading.unavailable, ...touched.unavailable]),
      ...touched.problems,
      ...ownership.unfinished,
      ...[...short].map(([kind, reason]) => `${kind} were not read whole: ${reason}`),
      ...[...blocked].map(
        ([blueprint, reason]) => `${blueprint}: ${reason}. ${allowHint(blueprint)}`,
      ),
    ],
    notices: [...reading.notices, ...notices],
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

interface ReconcilingContext extends BegunOptions, TouchedContext {
  readonly reading: CatalogReading;
  readonly counts: readonly ResourceCount[];
  readonly journal: DeletionJournal;
}

/** Decides on what nothing made, and does it. */
async function reconcileBegun(
  options: ReconcilingContext,
  { begun, watched, reader, naming, decisions }: Begun,
): Promise<Reconciled> {
  const { mapper, runStore, reading, writer } = options;
  const { owned, startedAt } = begun;
  const { port, pauses } = options;
  // Once all is read: where the token is refused, one request is enough to know it.
  const tokenOwner = await reader.settle();
  const now = watched.date();
  return reconcile({
    client: watched.client,
    requests: watched.requests(),
    port: pauses === undefined ? port : guardPort(port, pauses, "deletion"),
    mapping: mapper.mapping,
    sql: options.store.sql,
    store: runStore,
    isFull: options.type !== "delta",
    owned,
    produced: reading.produced,
    unnamed: writer.unnamed,
    counts: options.counts,
    sightings: options.sightings,
    now: now ?? 0,
    startedAt,
    tokenOwner,
    isSameToken: () => reader.isSame(),
    threshold: chooseThreshold(mapper.mapping.entityDeletionThreshold, options.highestThreshold),
    keepsAged: options.agedIncidents !== "delete",
    ...decisions,
    // What is not written under new names is not deleted under the old ones, whoever approved that.
    allowed: leaveOutBlocked(decisions.allowed, naming.blocked),
    decisions,
    leftOut: naming.leftOut,
    onHeld: options.onWithheld,
    prune: options.prune === true,
    withheldBy:
      options.withheldBy !== "" || now !== undefined
        ? options.withheldBy
        : "PagerDuty's answers do not tell the time (no Date header)",
    blocked: naming.blocked,
    countAdded: (blueprint) => writer.countAdded(blueprint),
    journal: options.journal,
    applyFound: async (kind, ids) => {
      await applyFound(options, reading, kind, ids);
    },
    onAction: options.onAction,
    signal: options.signal,
  });
}

/** What to do about a blueprint whose entities a person must let go. */
function allowHint(blueprint: string): string {
  return `If it is meant: pagerport sync --allow-delete ${blueprint}`;
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

function createNoJournal(): DeletionJournal {
  return { append: () => undefined, flush: () => Promise.resolve() };
}
