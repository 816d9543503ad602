import type { KindName } from "../source/kinds.ts";
import type { ResourceCount } from "./resource-count.ts";
import type { CatalogReading } from "./write-catalog.ts";
import { ProducedNames } from "./produced-names.ts";

/** Joins what several passes over the same resources came to. */
export function mergeReadings(readings: readonly CatalogReading[]): CatalogReading {
  const [only, ...others] = readings;
  if (only !== undefined && others.length === 0) return only;
  const counts = new Map<number, ResourceCount>();
  const aside = new Map<KindName, Set<string>>();
  const produced = new ProducedNames();
  for (const reading of readings) {
    produced.merge(reading.produced);
    for (const [kind, ids] of reading.aside) {
      aside.set(kind, new Set([...(aside.get(kind) ?? []), ...ids]));
    }
    for (const count of reading.resources) {
      const known = counts.get(count.resource.index);
      counts.set(count.resource.index, known === undefined ? count : mergeCounts(known, count));
    }
  }
  return {
    resources: [...counts.values()],
    produced,
    aside,
    asideProduced: new Map(readings.flatMap(({ asideProduced }) => [...asideProduced])),
    listed: new Set(readings.flatMap(({ listed }) => [...listed])),
    unavailable: [...new Set(readings.flatMap(({ unavailable }) => unavailable))],
    notices: [...new Set(readings.flatMap(({ notices }) => notices))],
  };
}

function mergeCounts(one: ResourceCount, other: ResourceCount): ResourceCount {
  const { completion } = one.outcome.completion.state === "complete" ? other.outcome : one.outcome;
  return {
    ...one,
    outcome: {
      completion,
      range: undefined,
      objects: one.outcome.objects + other.outcome.objects,
    },
    entities: one.entities + other.entities,
    passed: one.passed + other.passed,
    skipped: one.skipped + other.skipped,
    problems: one.problems + other.problems,
    produced: new Set([...one.produced, ...other.produced]),
    withheld: [...one.withheld, ...other.withheld],
  };
}
