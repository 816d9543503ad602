import { ConfigError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import {
  type AddedValues,
  addComputed,
  addToBlueprint,
  type Blueprint,
  computedParts,
  createBlueprint,
  listBlueprints,
  parseBlueprint,
} from "../../sink/port/blueprint.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { BlueprintPlan, PlannedBlueprint } from "./blueprint-plan.ts";
import { type AddedField, listAddedFields } from "./init-report.ts";
import { leadsElsewhere } from "./known-blueprints.ts";

type Changes = Pick<BlueprintPlan, "blueprints">;

/** What of a definition is left for later stages, since it leans on blueprints that are not there yet. */
const laterParts: ReadonlySet<string> = new Set([
  ...computedParts,
  "relations",
  "teamInheritance",
  "ownership",
]);

/**
 * Readings of all blueprints before a change is given up. Who changes a blueprint sends all of it, so
 * another process may take away what it had not seen; the next reading shows it.
 */
const mostRounds = 4;

/** Creates the missing blueprints without what leans on others. One that exists by now stays as it is. */
export async function createBareBlueprints(
  port: PortClient,
  plan: Changes,
  created: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { identifier, create, properties } of plan.blueprints) {
    if (create === undefined) continue;
    const kept = Object.entries(create).filter(([part]) => !laterParts.has(part));
    const schema = { properties: Object.fromEntries(properties), required: [] };
    const bare = { ...Object.fromEntries(kept), schema };
    if (await createBlueprint(port, bare, signal)) created.push(identifier);
  }
}

/** Adds what blueprints lack, until a reading shows that nothing is missing. */
export async function addFields(
  port: PortClient,
  plan: Changes,
  created: readonly string[],
  added: AddedField[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await changeUntilWhole(port, plan, signal, async (planned, there) => {
    for (const [name, wanted] of planned.relations) {
      const now = there.relations.get(name);
      // Made by another process since it was planned.
      if (leadsElsewhere(now, wanted)) {
        throw new ConfigError(
          `Relation ${name} of blueprint ${there.identifier} was made by somebody else a moment ago, and leads to ${now?.target}. Run init again.`,
        );
      }
    }
    const properties = new Map(
      [...planned.properties].filter(
        ([name]) => !there.properties.has(name) && !there.computed.has(name),
      ),
    );
    const relations = new Map(
      [...planned.relations].filter(([name]) => !there.relations.has(name)),
    );
    const values = new Map(
      [...planned.values]
        .map(([name, wanted]) => [name, leaveOutTaken(there.properties.get(name), wanted)] as const)
        .filter(([, wanted]) => wanted.size > 0),
    );
    if (properties.size + relations.size + values.size === 0) return false;
    const additions = { properties, relations, values };
    await addToBlueprint(port, there, additions, signal);
    if (created.includes(there.identifier)) return true;
    for (const { blueprint, field } of listAddedFields(there.identifier, additions)) {
      const isKnown = added.some((known) => known.blueprint === blueprint && known.field === field);
      if (!isKnown) added.push({ blueprint, field });
    }
    return true;
  });
}

/** Those of some values that a property lacks, where it takes given values only. */
function leaveOutTaken(property: JsonObject | undefined, values: AddedValues): AddedValues {
  const taken = property?.["enum"];
  if (!Array.isArray(taken)) return new Map();
  return new Map([...values].filter(([value]) => !taken.includes(value)));
}

/** Adds what Port computes to blueprints that were created: it may follow relations. */
export async function addAllComputed(
  port: PortClient,
  plan: Changes,
  signal: AbortSignal | undefined,
): Promise<void> {
  const blueprints = plan.blueprints.filter(({ create }) => hasComputed(create));
  await changeUntilWhole(port, { ...plan, blueprints }, signal, async ({ create }, there) => {
    const wanted = parseBlueprint(create);
    if (wanted === undefined || create === undefined) return false;
    if ([...wanted.computed].every((name) => there.computed.has(name))) return false;
    await addComputed(port, there, create, signal);
    return true;
  });
}

function hasComputed(create: JsonObject | undefined): boolean {
  return (parseBlueprint(create)?.computed.size ?? 0) > 0;
}

/** @param change whether it had anything to do */
async function changeUntilWhole(
  port: PortClient,
  plan: Changes,
  signal: AbortSignal | undefined,
  change: (planned: PlannedBlueprint, there: Blueprint) => Promise<boolean>,
): Promise<void> {
  if (plan.blueprints.length === 0) return;
  for (let round = 0; round < mostRounds; round += 1) {
    const existing = await listBlueprints(port, signal);
    let isWhole = true;
    for (const planned of plan.blueprints) {
      const there = existing.get(planned.identifier);
      if (there === undefined) {
        throw new ConfigError(
          `Blueprint ${planned.identifier} was deleted while init ran. Run init again.`,
        );
      }
      if (await change(planned, there)) isWhole = false;
    }
    if (isWhole) return;
  }
  throw new ConfigError(
    "What init adds to blueprints is taken away again by something else. Run init again when nothing else changes blueprints.",
  );
}
