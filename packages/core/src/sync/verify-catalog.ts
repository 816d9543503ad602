import { forgetEnrichments } from "../store/enrichments.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { type ProducedEntity, readProducers } from "../store/produced.ts";
import { CatalogFindings } from "./catalog-findings.ts";
import { confirmDifferences, type ConfirmedDifferences } from "./confirm-differences.ts";
import { rememberDate } from "./remember-date.ts";
import { resync, type ResyncOptions } from "./resync.ts";
import type { BlueprintReport, SyncReport } from "./sync-report.ts";
import type { VerifiedBlueprint, VerifyReport } from "./verify-report.ts";

export interface VerifyCatalogOptions extends Pick<
  ResyncOptions,
  | "pagerDuty"
  | "port"
  | "store"
  | "clock"
  | "mapper"
  | "integrationIdentifier"
  | "kinds"
  | "agedIncidents"
  | "highestThreshold"
  | "takeOver"
  | "takeOverAgain"
  | "leaveTo"
  | "enrich"
  | "signal"
  | "onEvent"
> {
  /**
   * How many entities are compared field by field, read from Port one by one.
   * @default all are compared with what Port lists
   */
  readonly sample?: number | undefined;
  /** The same, so many of every blueprint. */
  readonly samplePerBlueprint?: number | undefined;
  /** Chooses those: the same seed the same ones. @default 0 */
  readonly seed?: number | undefined;
  /**
   * Waited for before what differs is read once more, so that what is on its way arrives.
   * @default nothing
   */
  readonly beforeConfirming?: (() => Promise<void>) | undefined;
}

/**
 * Makes every entity anew from PagerDuty, and compares with what Port has: which are missing, which
 * nothing makes, and which have other values. It is what a resync would do, but for the writing. What
 * differs is read from Port once more before it is told: a live event may have been faster.
 *
 * @throws {HttpError} {@link NetworkError} when Port cannot be reached or refuses the credentials, or
 * PagerDuty its token; kinds that fail alone are in the report
 */
export async function verifyCatalog(options: VerifyCatalogOptions): Promise<VerifyReport> {
  const { sample, samplePerBlueprint, seed = 0, clock, mapper, signal } = options;
  const merge = mapper.mapping.enableMergeEntity;
  const findings = new CatalogFindings({ merge, sample, samplePerBlueprint, seed });
  const port = rememberDate(options.port);
  const report = await resync({
    ...options,
    port: port.client,
    owner: "verify",
    createJournal: refuseJournal,
    dryRun: true,
    onAction: (action) => findings.add(action),
  });
  await options.beforeConfirming?.();
  const confirmed = await confirmDifferences({
    port: port.client,
    merge,
    startedAt: port.date() ?? clock.now(),
    compared: findings.compared,
    missing: findings.missing,
    extra: findings.extra,
    signal,
  });
  // What was remembered of their objects may be why: a full run asks for it again.
  const { sql } = options.store;
  const producers = await readProducers(sql, confirmed.differences.changed);
  await forgetEnrichments(sql, producers.flatMap(listRemembered));
  const { resources, unfinished, notices } = report;
  return {
    resources,
    blueprints: listBlueprintNames(findings, report).flatMap((blueprint) =>
      countBlueprint(blueprint, findings, report, confirmed),
    ),
    ...confirmed.differences,
    kept: [...report.withheld, ...report.waiting],
    unfinished,
    notices,
  };
}

/** Both kinds of schedule are one kind of object, and have one memory each. */
function listRemembered({ object }: ProducedEntity): ObjectKey[] {
  return object.startsWith("schedules/") ? [object, `v3/${object}`] : [object];
}

function refuseJournal(): never {
  throw new Error("Verification deletes nothing");
}

function listBlueprintNames(
  { produced }: CatalogFindings,
  { blueprints }: SyncReport,
): readonly string[] {
  const names = new Set([...produced.keys(), ...blueprints.map(({ blueprint }) => blueprint)]);
  return [...names].toSorted();
}

function countBlueprint(
  blueprint: string,
  findings: CatalogFindings,
  report: SyncReport,
  { counts }: ConfirmedDifferences,
): VerifiedBlueprint[] {
  const produced = findings.produced.get(blueprint)?.size ?? 0;
  const listed = report.blueprints.find((one) => one.blueprint === blueprint) ?? nothing;
  const found = counts.get(blueprint);
  const { owned, aged, recent, needed, waiting, withheld, unfed, deleted, stubbed } = listed;
  const kept = aged + recent + needed + waiting + withheld + unfed;
  if (produced + kept + deleted + stubbed === 0) return [];
  return [
    {
      blueprint,
      produced,
      owned,
      compared: findings.countCompared(blueprint),
      changed: found?.changed ?? 0,
      missing: found?.missing ?? 0,
      extra: found?.extra ?? 0,
      aged,
      recent: recent + (found?.recent ?? 0),
      needed,
      waiting,
      withheld,
      unfed,
    },
  ];
}

const nothing: Omit<BlueprintReport, "blueprint"> = {
  owned: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  refused: 0,
  left: 0,
  deleted: 0,
  stubbed: 0,
  waiting: 0,
  aged: 0,
  recent: 0,
  needed: 0,
  withheld: 0,
  unfed: 0,
};
