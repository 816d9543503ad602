import type { EventListener } from "../events.ts";
import type { Mapper } from "../map/mapper.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import type { Source } from "../source/source.ts";
import { CatalogComparison } from "./compare-catalog.ts";
import { confirmDifferences } from "./confirm-differences.ts";
import { findUnproduced } from "./find-unproduced.ts";
import type { OwnedEntities } from "./load-owned.ts";
import { mapCatalog } from "./map-catalog.ts";
import type { VerifyReport } from "./verify-report.ts";

export interface VerifyCatalogOptions {
  readonly source: Source;
  readonly mapper: Mapper;
  readonly port: PortClient;
  /** What the integration owns in Port. */
  readonly owned: OwnedEntities;
  /** When `owned` began to be read, by Port's clock: what was written since is not judged. */
  readonly startedAt: number;
  /** How many entities are compared field by field. @default "all" */
  readonly sample?: number | "all";
  /** Chooses them: the same seed the same ones. @default 0 */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
}

/**
 * Makes every entity anew from PagerDuty, and compares with what Port has: how many there are, which
 * are missing, which nothing makes, and which have other values. What differs is read from Port once
 * more before it is told. Writes nothing. Besides names, only what differs is kept in memory.
 *
 * @throws what reading throws: refused credentials, no answer; kinds that fail alone do not
 */
export async function verifyCatalog(options: VerifyCatalogOptions): Promise<VerifyReport> {
  const { source, mapper, port, owned, startedAt, sample = "all", seed = 0, signal } = options;
  const { mapping } = mapper;
  const comparison = new CatalogComparison(mapping, owned, { sample, seed });
  const { resources, problems } = await mapCatalog({
    ...options,
    source,
    mapper,
    onEntity: (entity, unavailable) => comparison.add(entity, unavailable),
  });
  const plans = await findUnproduced({
    port,
    mapping,
    owned,
    resources,
    produced: comparison.produced,
    related: comparison.related,
    startedAt,
    signal,
  });
  const changed = comparison.findChanged();
  const { differences, counts } = await confirmDifferences({
    port,
    startedAt,
    signal,
    changed,
    missing: comparison.missing,
    extra: plans.map(({ blueprint, remove }) => ({ blueprint, identifiers: remove })),
  });
  const names = new Set([...comparison.produced.keys(), ...owned.keys()]);
  return {
    blueprints: [...names].toSorted().map((blueprint) => {
      const plan = plans.find((one) => one.blueprint === blueprint);
      const found = counts.get(blueprint);
      return {
        blueprint,
        produced: comparison.produced.get(blueprint)?.size ?? 0,
        owned: owned.get(blueprint)?.size ?? 0,
        compared: comparison.compared.get(blueprint) ?? 0,
        changed: found?.changed ?? 0,
        missing: found?.missing ?? 0,
        extra: found?.extra ?? 0,
        aged: plan?.aged.length ?? 0,
        recent: (plan?.recent.length ?? 0) + (found?.recent ?? 0),
        needed: plan?.needed.length ?? 0,
        unknown: plan?.withheld.length ?? 0,
        reason: plan?.reason ?? "",
        unfed: plan?.unfed.length ?? 0,
      };
    }),
    ...differences,
    incomplete: resources
      .filter(({ incomplete }) => incomplete !== "")
      .map(({ name, incomplete }) => ({ resource: name, reason: incomplete })),
    problems,
  };
}
