import { literalOf } from "../map/expression.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import { readBlueprint } from "../sink/port/blueprint.ts";
import { mostInFlight } from "../sink/port/connect-port.ts";
import { countEntities } from "../sink/port/count-entities.ts";
import { readIntegration } from "../sink/port/integration.ts";
import { ownedPage } from "../sink/port/list-owned-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { mostEntities } from "../sink/port/write-entities.ts";
import type { Source } from "../source/source.ts";
import type { Store } from "../store/open-store.ts";
import { readRunHistory } from "../store/run-history.ts";
import { sampleSize } from "./catalog-writer.ts";

/** A request to Port is taken to last this long: its pace is only known from its answers. Milliseconds. */
const assumedPortLatency = 300;

/** A figure of which only the bounds are known beforehand. */
export interface EstimatedRange {
  /** Where nothing has changed. */
  readonly least: number;
  /** Where all is new, or different. */
  readonly most: number;
}

/** What a resync would cost. */
export interface SyncEstimate {
  /** Objects that PagerDuty lists, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  /** Entities that the mapping would make of them at most, by blueprint; of computed ones under `""`. */
  readonly entities: Readonly<Record<string, number>>;
  readonly hosts: {
    /** Minutes are 0 where the pace is not known before the run. */
    readonly pagerduty: { readonly requests: number; readonly minutes: number };
    readonly port: { readonly requests: EstimatedRange; readonly minutes: EstimatedRange };
  };
}

export interface EstimateSyncOptions {
  readonly source: Source;
  readonly mapping: Mapping;
  readonly port: PortClient;
  /** Tells when the last run began: what happened since is read. */
  readonly store: Store;
  readonly integrationIdentifier: string;
  /** See the option of a resync of this name. @default false */
  readonly sendsExamples?: boolean;
  /** The mapping's resources that would be read. @default all */
  readonly resources?: readonly Resource[];
  /** Requests a minute to PagerDuty that this process may send; 0 = not known before the run. */
  readonly requestsPerMinute: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts what a resync would read and write, with a few requests for each list and blueprint. Writes
 * nothing. What makes several entities of one object by `itemsToParse` is counted as one.
 */
export async function estimateSync(options: EstimateSyncOptions): Promise<SyncEstimate> {
  const { source, mapping, port, store, requestsPerMinute, signal } = options;
  const { resources = mapping.resources, sendsExamples = false } = options;
  const integration = await readIntegration(port, options);
  const objects: Record<string, number> = {};
  const entities = new Map<string, number>();
  let requests = 0;
  for (const [kind, ofKind] of Map.groupBy(resources, (resource) => resource.kind)) {
    const estimate = await source.estimate(ofKind, signal);
    objects[kind] = estimate.rows;
    requests += estimate.requests;
    for (const [blueprint, templates] of countTemplates(ofKind)) {
      entities.set(blueprint, (entities.get(blueprint) ?? 0) + estimate.rows * templates);
    }
  }
  if (resources.some(({ kind }) => kind === "incidents")) {
    const { lastComplete } = await readRunHistory(store.sql);
    const since = lastComplete?.sourceStart ?? integration?.resyncState.lastStart;
    requests += await source.estimateChanges(since, signal);
  }
  const literal = new Set([...entities.keys()].filter((name) => name !== ""));
  const blueprints = mapping.createMissingRelatedEntities
    ? await addTargets(port, literal, signal)
    : literal;
  const kinds = Object.values(objects).filter((count) => count > 0).length;
  const fixed =
    tokenAndIntegration +
    (integration === undefined ? 0 : resyncStates) +
    (sendsExamples ? kinds : 0);
  const range = await estimatePort(port, entities, blueprints, fixed, signal);
  const toMinutes = (count: number): number =>
    (count * assumedPortLatency) / mostInFlight / millisecondsPerMinute;
  return {
    objects,
    entities: Object.fromEntries(entities),
    hosts: {
      pagerduty: {
        requests,
        minutes: requestsPerMinute === 0 ? 0 : requests / requestsPerMinute,
      },
      port: {
        requests: range,
        minutes: { least: toMinutes(range.least), most: toMinutes(range.most) },
      },
    },
  };
}

/** A token, and the integration: who else runs. */
const tokenAndIntegration = 2;
/** Port is told when a run begins, and when it ends. */
const resyncStates = 2;
/** Rows on a page of PagerDuty's lists. */
const rowsPerPage = 100;
const millisecondsPerMinute = 60_000;

/**
 * Entities that one object of a kind may become, by blueprint. Resources of one kind that feed one
 * blueprint share its objects, as open and resolved incidents do.
 */
function countTemplates(resources: readonly Resource[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const { entities } of resources) {
    for (const [blueprint, { length }] of Map.groupBy(entities, nameBlueprint)) {
      most.set(blueprint, Math.max(most.get(blueprint) ?? 0, length));
    }
  }
  return most;
}

/** Empty for a blueprint that is computed. */
function nameBlueprint({ blueprint }: Resource["entities"][number]): string {
  const literal = literalOf(blueprint)?.value;
  return typeof literal === "string" ? literal : "";
}

/** Entities that are made only because something relates to them are owned too. */
async function addTargets(
  port: PortClient,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const read = await Promise.all([...names].map((name) => readBlueprint(port, name, signal)));
  const targets = read.flatMap((blueprint) =>
    Array.from(blueprint?.relations.values() ?? [], ({ target }) => target),
  );
  return new Set([...names, ...targets]);
}

/** The listing of what is owned; then what writes everything, and reads some of it back. */
async function estimatePort(
  port: PortClient,
  entities: ReadonlyMap<string, number>,
  blueprints: ReadonlySet<string>,
  fixed: number,
  signal: AbortSignal | undefined,
): Promise<EstimatedRange> {
  const counts = await Promise.all(
    [...blueprints].map((name) => countEntities(port, name, signal)),
  );
  const there = counts.reduce((sum, count) => sum + count, 0);
  const least = fixed + Math.max(1, Math.ceil(there / ownedPage));
  const written = [...entities.values()];
  const writes = written.reduce((sum, count) => sum + Math.ceil(count / mostEntities), 0);
  const readBacks = written.filter((count) => count >= sampleSize).length;
  // Port is asked whose entities are that are new to us, a page of a list at a time.
  const questions = written.reduce((sum, count) => sum + Math.ceil(count / rowsPerPage), 0);
  return { least, most: least + writes + questions + readBacks };
}
