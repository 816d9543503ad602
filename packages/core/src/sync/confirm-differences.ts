import type { Json } from "../json.ts";
import { listDifferences } from "../sink/port/compare-entity.ts";
import { listComputed, readBlueprint } from "../sink/port/blueprint.ts";
import { findEntities } from "../sink/port/find-entities.ts";
import type { StoredEntity } from "../sink/port/stored-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import type { Differing, WantedEntity } from "./catalog-findings.ts";
import { recentMargin } from "./deletion/check-guards.ts";
import type { ChangedEntity, ChangedField, VerifiedName, VerifyReport } from "./verify-report.ts";

/** Entities of each sort that are named; of more, the number is told. */
const mostNamed = 1000;

/** Entities that are read whole together. */
const mostAtOnce = 100;

/** Characters of a value that a report shows. */
const mostShown = 100;

export interface ConfirmDifferencesOptions {
  readonly port: PortClient;
  /** `enableMergeEntity` of the mapping. */
  readonly merge: boolean;
  /** When the first reading began, by Port's clock, milliseconds since 1970. */
  readonly startedAt: number;
  /** Entities that Port seemed to have, and that are compared with what it has. */
  readonly compared: Differing;
  /** Entities that Port seemed not to have. */
  readonly missing: Differing;
  /** Identifiers that nothing makes, by blueprint. */
  readonly extra: ReadonlyMap<string, readonly string[]>;
  readonly signal?: AbortSignal | undefined;
}

/** What differs in one blueprint. */
interface DifferenceCounts {
  changed: number;
  missing: number;
  extra: number;
  /** Written since it was read first. */
  recent: number;
}

export interface ConfirmedDifferences {
  readonly differences: Pick<VerifyReport, "changed" | "missing" | "extra">;
  readonly counts: ReadonlyMap<string, DifferenceCounts>;
}

/** Reads what seems to differ from Port once more: a live event may have been faster than the listing. */
export async function confirmDifferences(
  options: ConfirmDifferencesOptions,
): Promise<ConfirmedDifferences> {
  const confirmation = new Confirmation(options);
  await confirmation.confirmWanted(options.compared, "changed");
  await confirmation.confirmWanted(options.missing, "missing");
  for (const [blueprint, identifiers] of options.extra) {
    await confirmation.confirmExtra(blueprint, identifiers);
  }
  const { changed, missing, extra, counts } = confirmation;
  return { differences: { changed, missing, extra }, counts };
}

class Confirmation {
  readonly changed: ChangedEntity[] = [];
  readonly missing: VerifiedName[] = [];
  readonly extra: VerifiedName[] = [];
  readonly counts = new Map<string, DifferenceCounts>();
  readonly #options: ConfirmDifferencesOptions;

  constructor(options: ConfirmDifferencesOptions) {
    this.#options = options;
  }

  async confirmWanted(differing: Differing, sort: "changed" | "missing"): Promise<void> {
    const kept: WantedEntity[] = [];
    for (const [name, wanted] of differing) {
      if (wanted === undefined) this.#countOf(name.split("\n", 1)[0] ?? "")[sort] += 1;
      else kept.push(wanted);
    }
    const { port, signal } = this.#options;
    for (const [blueprint, ofBlueprint] of Map.groupBy(kept, ({ entity }) => entity.blueprint)) {
      const definition = await readBlueprint(port, blueprint, signal);
      const computed = listComputed(definition);
      for (let start = 0; start < ofBlueprint.length; start += mostAtOnce) {
        const some = ofBlueprint.slice(start, start + mostAtOnce);
        const identifiers = some.map(({ entity }) => entity.identifier);
        const stored =
          definition === undefined
            ? new Map<string, StoredEntity>()
            : await findEntities(port, blueprint, identifiers, { signal });
        for (const wanted of some) {
          this.#judge(wanted, stored.get(wanted.entity.identifier), computed);
        }
      }
    }
  }

  async confirmExtra(blueprint: string, identifiers: readonly string[]): Promise<void> {
    const { port, signal } = this.#options;
    const looked = identifiers.slice(0, Math.max(0, mostNamed - this.extra.length));
    const counts = this.#countOf(blueprint);
    counts.extra += identifiers.length - looked.length;
    for (let start = 0; start < looked.length; start += mostAtOnce) {
      const some = looked.slice(start, start + mostAtOnce);
      const fields = ["title"];
      const there = await findEntities(port, blueprint, some, { fields, signal });
      for (const identifier of some) {
        const stored = there.get(identifier);
        // Gone by now.
        if (stored === undefined) continue;
        if (this.#isRecent(stored)) {
          counts.recent += 1;
          continue;
        }
        counts.extra += 1;
        this.extra.push({ blueprint, identifier });
      }
    }
  }

  #judge(
    { entity, ignored }: WantedEntity,
    stored: StoredEntity | undefined,
    computed: ReadonlySet<string>,
  ): void {
    const { blueprint, identifier } = entity;
    const counts = this.#countOf(blueprint);
    if (stored === undefined) {
      counts.missing += 1;
      if (this.missing.length < mostNamed) this.missing.push({ blueprint, identifier });
      return;
    }
    const differences = listDifferences(entity, stored.content ?? {}, {
      merge: this.#options.merge,
      ignored: new Set([...ignored, ...computed]),
    });
    if (differences.length === 0) return;
    if (this.#isRecent(stored)) {
      counts.recent += 1;
      return;
    }
    counts.changed += 1;
    if (this.changed.length >= mostNamed) return;
    const fields = differences.map(({ field, stored: port, wanted }): ChangedField => ({
      field,
      port: show(port),
      pagerDuty: show(wanted),
    }));
    this.changed.push({ blueprint, identifier, fields });
  }

  #isRecent({ updatedAt }: StoredEntity): boolean {
    return updatedAt !== undefined && updatedAt >= this.#options.startedAt - recentMargin;
  }

  #countOf(blueprint: string): DifferenceCounts {
    const known = this.counts.get(blueprint) ?? { changed: 0, missing: 0, extra: 0, recent: 0 };
    this.counts.set(blueprint, known);
    return known;
  }
}

function show(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
