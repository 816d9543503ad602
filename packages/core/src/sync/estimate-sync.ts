import { literalOf } from "../map/expression.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import { mostInFlight } from "../sink/port/connect-port.ts";
import { countEntities } from "../sink/port/count-entities.ts";
import { ownedPage } from "../sink/port/list-owned-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { readBlueprint } from "../sink/port/read-blueprint.ts";
import { mostEntities } from "../sink/port/write-entities.ts";
import type { Source } from "../source/source.ts";
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
  const { source, mapping, port, requestsPerMinute, signal } = options;
  const { resources = mapping.resources } = options;
  const objects: Record<string, number> = {};
  const entities = new Map<string, number>();
  let requests = 0;
  for (const [kind, ofKind] of Map.groupBy(resources, (resource) => resource.kind)) {
    const estimate = await source.estimate(ofKind, signal);
    objects[kind] = estimate.rows;
    requests += estimate.requests;
    if (kind === "incidents") requests += requestsForChanges;
    for (const [blueprint, templates] of countTemplates(ofKind)) {
      entities.set(blueprint, (entities.get(blueprint) ?? 0) + estimate.rows * templates);
    }
  }
  const literal = new Set([...entities.keys()].filter((name) => name !== ""));
  const blueprints = mapping.createMissingRelatedEntities
    ? await addTargets(port, literal, signal)
    : literal;
  const range = await estimatePort(port, entities, blueprints, signal);
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

const millisecondsPerMinute = 60_000;

/** What happened since the last run is told in one page, or few. */
const requestsForChanges = 1;

/** A token, and what Port knows of the integration. */
const requestsToBegin = 2;

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
  const targets = read.flatMap((blueprint) => Array.from(blueprint?.targets.values() ?? []));
  return new Set([...names, ...targets]);
}

/** The beginning and the listing of what is owned; then what writes everything, and reads some of it back. */
async function estimatePort(
  port: PortClient,
  entities: ReadonlyMap<string, number>,
  blueprints: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<EstimatedRange> {
  const counts = await Promise.all(
    [...blueprints].map((name) => countEntities(port, name, signal)),
  );
  const there = counts.reduce((sum, count) => sum + count, 0);
  const least = requestsToBegin + Math.max(1, Math.ceil(there / ownedPage));
  const writes = [...entities.values()].reduce(
    (sum, count) => sum + Math.ceil(count / mostEntities),
    0,
  );
  const readBack = [...entities.values()].filter((count) => count >= sampleSize).length;
  return { least, most: least + writes + readBack };
}
