import type { RefusedEntity, WriteCount } from "./catalog-writer.ts";
import type { KeptEntities } from "../store/runs.ts";
import type { OwnedEntities } from "./load-owned.ts";
import { describeCompletion } from "./deletion/describe-resources.ts";
import type { Reconciliation, WithheldEntities } from "./deletion/reconciliation.ts";
import type { ResourceCount } from "./resource-count.ts";

/** Refused entities that a report shows one by one. */
const mostShown = 100;

/** What one resource of the mapping came to. */
export interface ResourceReport {
  /** `incidents[1]` */
  readonly name: string;
  readonly kind: string;
  readonly state: "complete" | "incomplete" | "refused" | "failed";
  /** Why it is not complete; empty where it is. */
  readonly reason: string;
  readonly objects: number;
  readonly entities: number;
  readonly skipped: number;
  readonly problems: number;
}

/** What became of the entities of one blueprint; counts of entities. */
export interface BlueprintReport {
  readonly blueprint: string;
  /** In Port when the run began, written by the integration. */
  readonly owned: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Port did not take them. */
  readonly refused: number;
  /** Not written: another integration owns them. */
  readonly left: number;
  readonly deleted: number;
  /** Gone, and kept without what was true of them: incidents that stay name them. */
  readonly stubbed: number;
  /** Not deleted: their incidents have only left the stretch of time that is read. */
  readonly aged: number;
  /** Not deleted: written since the run began. */
  readonly recent: number;
  /** Not deleted: what was made in this run names them. */
  readonly needed: number;
  /** Not deleted yet: not settled, the next runs look again. */
  readonly waiting: number;
  /** Not deleted: a person has to decide. */
  readonly withheld: number;
  /** Not deleted: no resource of the mapping feeds the blueprint. */
  readonly unfed: number;
}

/** An entity that Port did not take. */
export interface RefusedReport {
  readonly blueprint: string;
  readonly identifier: string;
  readonly status: number;
  readonly reason: string;
}

/** What a resync did, or would do. */
export interface SyncReport {
  readonly type: "full" | "delta";
  readonly dryRun: boolean;
  readonly resources: readonly ResourceReport[];
  readonly blueprints: readonly BlueprintReport[];
  /** The first of what Port did not take. */
  readonly refused: readonly RefusedReport[];
  /** What is held back for a person. */
  readonly withheld: readonly KeptEntities[];
  /** What is not settled; nothing is wrong with it. */
  readonly waiting: readonly KeptEntities[];
  /** What was left undone, and why: one sentence each. Empty = everything was done. */
  readonly unfinished: readonly string[];
  /** What a person should know all the same. */
  readonly notices: readonly string[];
}

export interface CreateReportInput {
  readonly type: "full" | "delta";
  readonly dryRun: boolean;
  /** What Port had when the run began. */
  readonly owned: OwnedEntities;
  readonly counts: readonly ResourceCount[];
  readonly writes: ReadonlyMap<string, WriteCount>;
  readonly refused: readonly RefusedEntity[];
  readonly reconciliations: readonly Reconciliation[];
  /** What else was left undone. */
  readonly unfinished: readonly string[];
  readonly notices: readonly string[];
}

/** Joins what the parts of a resync came to. */
export function createReport(input: CreateReportInput): SyncReport {
  const { type, dryRun, counts, writes, refused, reconciliations, notices } = input;
  const names = new Set([...writes.keys(), ...reconciliations.map(({ blueprint }) => blueprint)]);
  const blueprints = [...names].toSorted().map((blueprint) =>
    reportBlueprint(
      blueprint,
      writes.get(blueprint),
      reconciliations.find((one) => one.blueprint === blueprint),
      input.owned,
    ),
  );
  return {
    type,
    dryRun,
    resources: counts.map(reportResource),
    blueprints,
    refused: refused.slice(0, mostShown).map(({ entity, status, reason }) => ({
      blueprint: entity.blueprint,
      identifier:
        typeof entity.identifier === "string"
          ? entity.identifier
          : JSON.stringify(entity.identifier),
      status,
      reason,
    })),
    withheld: reconciliations.flatMap(({ blueprint, withheld }) =>
      withheld.map((one) => reportKept(blueprint, one)),
    ),
    waiting: reconciliations.flatMap(({ blueprint, waiting }) =>
      [...Map.groupBy(waiting, ({ reason }) => reason)].map(([reason, ones]) =>
        reportKept(blueprint, {
          brake: "waiting",
          reason,
          identifiers: ones.map(({ identifier }) => identifier),
        }),
      ),
    ),
    unfinished: [
      ...input.unfinished,
      ...counts.flatMap((count) => {
        const reason = describeCompletion(count);
        return reason === "" ? [] : [`${count.name} was not read whole: ${reason}`];
      }),
      ...describeRefused(refused),
      ...reconciliations.flatMap(describeKept),
    ],
    notices,
  };
}

/** How a run ended: whether all of it was done, and if not, what of all was in the way. */
export type SyncVerdict =
  | "done"
  | "unfinished"
  /** PagerDuty refused every kind with 402 or 403. */
  | "refused"
  /** No kind could be read, as PagerDuty did not answer or not with success. */
  | "unavailable";

/** Judges a report. */
export function judgeSync({
  resources,
  unfinished,
}: Pick<SyncReport, "resources" | "unfinished">): SyncVerdict {
  if (unfinished.length === 0) return "done";
  const isAll = (states: readonly string[]): boolean =>
    resources.length > 0 && resources.every(({ state }) => states.includes(state));
  if (isAll(["refused"])) return "refused";
  return isAll(["refused", "failed"]) ? "unavailable" : "unfinished";
}

function reportResource(count: ResourceCount): ResourceReport {
  const { name, resource, outcome, entities, skipped, problems } = count;
  return {
    name,
    kind: resource.kind,
    state: outcome.completion.state,
    reason: describeCompletion(count),
    objects: outcome.objects,
    entities,
    skipped,
    problems,
  };
}

function reportBlueprint(
  blueprint: string,
  written: WriteCount | undefined,
  reconciliation: Reconciliation | undefined,
  owned: OwnedEntities,
): BlueprintReport {
  const sizeOf = (list: readonly unknown[] | undefined): number => list?.length ?? 0;
  return {
    blueprint,
    owned: owned.get(blueprint)?.size ?? 0,
    created: written?.created ?? 0,
    updated: written?.updated ?? 0,
    unchanged: written?.unchanged ?? 0,
    refused: written?.refused ?? 0,
    left: written?.left ?? 0,
    deleted: sizeOf(reconciliation?.deleted),
    stubbed: sizeOf(reconciliation?.stubbed),
    aged: sizeOf(reconciliation?.aged),
    recent: sizeOf(reconciliation?.recent),
    needed: sizeOf(reconciliation?.needed),
    waiting: sizeOf(reconciliation?.waiting),
    withheld: sizeOf(reconciliation?.withheld.flatMap(({ identifiers }) => identifiers)),
    unfed: sizeOf(reconciliation?.unfed),
  };
}

function describeRefused(refused: readonly RefusedEntity[]): string[] {
  const byBlueprint = Map.groupBy(refused, ({ entity }) => entity.blueprint);
  return [...byBlueprint].map(([blueprint, ofBlueprint]) => {
    const [first] = ofBlueprint;
    const { length } = ofBlueprint;
    return `Port refused ${length === 1 ? "1 entity" : `${length} entities`} of ${blueprint}: ${first?.reason || `status ${first?.status}`}`;
  });
}

function reportKept(
  blueprint: string,
  { brake, reason, identifiers }: WithheldEntities,
): KeptEntities {
  const entities = identifiers.length;
  const shown = identifiers.slice(0, mostShown);
  return { blueprint, brake, reason, entities, identifiers: shown };
}

/** Brakes that a person lifts by naming the blueprint. */
const liftable: ReadonlySet<string> = new Set(["share", "reader", "empty", "team"]);

/** Identifiers that a sentence names; the report has more. */
const mostNamed = 3;

function describeKept({ blueprint, withheld }: Reconciliation): string[] {
  return withheld.map(({ brake, reason, identifiers }) => {
    const [first] = identifiers;
    const { length } = identifiers;
    const names = length === 1 ? `${first} of ${blueprint}` : `${length} of ${blueprint}`;
    const why = `${reason}${nameSome(identifiers)}`;
    if (brake === "refused") return `${names} could not be deleted: ${why}`;
    const said = `${names} ${length === 1 ? "was" : "were"} not made again, and not deleted: ${why}`;
    return liftable.has(brake)
      ? `${said}. If it is meant: pagerport sync --allow-delete ${blueprint}`
      : said;
  });
}

/** The first of several, in parentheses. */
function nameSome(identifiers: readonly string[]): string {
  if (identifiers.length < 2) return "";
  const more = identifiers.length > mostNamed ? " …" : "";
  return ` (${identifiers.slice(0, mostNamed).join(", ")}${more})`;
}
