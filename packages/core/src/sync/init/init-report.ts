import type { BlueprintAdditions } from "../../sink/port/blueprint.ts";
import type { BlueprintPlan } from "./blueprint-plan.ts";

/** A property, a relation or an allowed value that a blueprint was given. */
export interface AddedField {
  readonly blueprint: string;
  /** `properties.analytics`, `relations.pagerdutyService`, `the value deleted of properties.status` */
  readonly field: string;
}

/** Additions to a blueprint, one by one. */
export function listAddedFields(
  blueprint: string,
  { properties, relations, values }: BlueprintAdditions,
): AddedField[] {
  const fields = [
    ...[...properties.keys()].map((name) => `properties.${name}`),
    ...[...relations.keys()].map((name) => `relations.${name}`),
    ...[...values].flatMap(([name, added]) =>
      [...added.keys()].map((value) => `the value ${value} of properties.${name}`),
    ),
  ];
  return fields.map((field) => ({ blueprint, field }));
}

/** What came of init, or with `dryRun` what would. */
export interface InitReport {
  readonly dryRun: boolean;
  /** True: something stands in the way (`refused`, `unknown`), and nothing was written. */
  readonly blocked: boolean;
  readonly done: {
    readonly createdBlueprints: readonly string[];
    /** Fields of blueprints that existed. */
    readonly added: readonly AddedField[];
    readonly integration: "created" | "mapping written" | "unchanged";
  };
  readonly refused: BlueprintPlan["refused"];
  readonly unknown: BlueprintPlan["unknown"];
  readonly byHand: BlueprintPlan["byHand"];
  readonly differing: BlueprintPlan["differing"];
  /** Resources whose blueprint is computed, so that it was not looked at. */
  readonly unchecked: readonly string[];
}

/**
 * What a person has to do, or should know, one sentence or two each: first what stands in the way, then
 * what is to be done by hand, then what differs.
 */
export function describeInitProblems(
  problems: Pick<InitReport, "refused" | "unknown" | "byHand" | "differing" | "unchecked">,
): string[] {
  return [
    ...problems.refused.map(describeRefused),
    ...problems.unknown.map(
      ({ blueprint, resources }) =>
        `Blueprint ${blueprint}, which ${resources.join(", ")} of the mapping writes, is not in Port, and pagerport does not know what it should hold. Create it in Port, or name another one in the mapping.`,
    ),
    ...problems.byHand.map(({ blueprint, field, reason }) =>
      reason === "computed"
        ? `${field} of blueprint ${blueprint} is computed by Port and takes no value. Take it out of the mapping, or write it under another name.`
        : `${field} of blueprint ${blueprint} is missing, and pagerport does not know its type. Add it to the blueprint in Port; until then Port refuses entities that carry it.`,
    ),
    ...problems.differing.map(
      ({ blueprint, property, there, known }) =>
        `properties.${property} of blueprint ${blueprint} is of type ${there} in Port; pagerport's own is ${known}. It stays as it is: see that the mapping gives that type.`,
    ),
    ...problems.unchecked.map(
      (resource) =>
        `The blueprint of ${resource} is computed from the object, so whether Port has it was not checked.`,
    ),
  ];
}

function describeRefused(refused: BlueprintPlan["refused"][number]): string {
  const { blueprint, relation, there, wantedRelation, wanted } = refused;
  const found = `Blueprint ${blueprint} has the relation ${relation} to ${describeEnd(there)}`;
  if (relation === wantedRelation) {
    return `${found}; the mapping needs it to ${describeEnd(wanted)}. Init changes no relation that exists: change it in Port, or give the mapping a blueprint of its own.`;
  }
  return `${found}, in the place of ${wantedRelation} to ${describeEnd(wanted)}, which the mapping writes: the blueprint belongs to another way of bringing PagerDuty to Port. Init does not mix the two: write ${relation} in the mapping, remove it from the blueprint in Port, or give the mapping a blueprint of its own.`;
}

function describeEnd({
  target,
  many,
}: {
  readonly target: string;
  readonly many: boolean;
}): string {
  return many ? `many ${target}` : `one ${target}`;
}
