import { buildEntity } from "./build-entity.ts";
import type { Entity, MappedObject, Problem, Withheld } from "./entity.ts";
import { expandItems } from "./expand-items.ts";
import type { PageEvaluator } from "./jq/evaluate.ts";
import type { Json, JsonObject } from "../json.ts";
import { nameObject } from "./object-id.ts";
import { Failure, type Outcome } from "./outcome.ts";
import type { ResourcePlan } from "./plan.ts";
import { article, readIdentity, withhold } from "./read-identity.ts";

/** How the expressions of a resource are called in problems. */
export interface FieldNames {
  readonly kind: string;
  readonly resource: number;
  /** `selector.query`, or `filter` in a webhook configuration. */
  readonly selector: string;
}

/** One object on its way, while its results are being gathered. */
interface Gathering {
  readonly id: string;
  selected: boolean;
  skipped: number;
  readonly entities: Entity[];
  readonly withheld: Withheld[];
  readonly problems: Problem[];
}

/** One object, or one item of one. */
interface Input {
  readonly value: JsonObject;
  readonly item: number | undefined;
  readonly gathering: Gathering;
  /** What jq evaluated for it; empty where nothing was asked. */
  row: readonly Outcome[];
}

const noRow: readonly Outcome[] = [];

/** Maps objects of one resource. What is native runs here and now; the rest is one call for all of them. */
export async function mapObjects(
  plan: ResourcePlan,
  objects: readonly JsonObject[],
  names: FieldNames,
  evaluator: PageEvaluator,
): Promise<MappedObject[]> {
  const gatherings = objects.map((object, at) => startGathering(nameObject(object, at)));
  const inputs = await findInputs(plan, objects, gatherings, names, evaluator);
  if (plan.sources.length > 0) await askJq(plan, inputs, evaluator);
  for (const input of inputs) mapInput(plan, input, names);
  return gatherings;
}

function startGathering(id: string): Gathering {
  return { id, selected: false, skipped: 0, entities: [], withheld: [], problems: [] };
}

/** Fills in the rows. A native selector spares jq what it leaves out. */
async function askJq(
  plan: ResourcePlan,
  inputs: readonly Input[],
  evaluator: PageEvaluator,
): Promise<void> {
  const asked = inputs.filter((input) => mayBeSelected(plan, input));
  const texts = asked.map((input) => JSON.stringify(input.value));
  const rows = await evaluator.evaluate(plan.sources, texts);
  for (const [at, input] of asked.entries()) input.row = rows[at] ?? noRow;
}

function mayBeSelected(plan: ResourcePlan, input: Input): boolean {
  if (plan.selector === undefined || !plan.selectorIsNative) return true;
  const outcome = plan.selector(input.value, noRow);
  return outcome !== false && outcome !== null;
}

async function findInputs(
  plan: ResourcePlan,
  objects: readonly JsonObject[],
  gatherings: readonly Gathering[],
  names: FieldNames,
  evaluator: PageEvaluator,
): Promise<Input[]> {
  const { items } = plan;
  const pairs = gatherings.map((gathering, at) => [gathering, objects[at] ?? {}] as const);
  if (items === undefined) {
    return pairs.map(([gathering, value]) => ({ value, item: undefined, gathering, row: noRow }));
  }
  const rows =
    plan.itemsSources.length === 0
      ? []
      : await evaluator.evaluate(
          plan.itemsSources,
          objects.map((object) => JSON.stringify(object)),
        );
  return pairs.flatMap(([gathering, value], at) => {
    const list = items.slot(value, rows[at] ?? noRow);
    const expanded = expandItems(value, list, items.name, items.leftOut);
    if (expanded instanceof Failure) {
      gathering.withheld.push({ by: "itemsToParse", identifier: undefined, blueprint: undefined });
      addProblem(gathering, names, undefined, "itemsToParse", expanded.message);
      return [];
    }
    return expanded.map((one, item): Input => ({ value: one, item, gathering, row: noRow }));
  });
}

function mapInput(plan: ResourcePlan, input: Input, names: FieldNames): void {
  const { value, item, gathering, row } = input;
  const selected = plan.selector?.(value, row) ?? (plan.selector === undefined ? true : null);
  if (selected === false || selected === null) return;
  if (selected !== true) {
    const message =
      selected instanceof Failure
        ? selected.message
        : `gave ${article(selected)}, not true or false`;
    addProblem(gathering, names, item, names.selector, message);
    gathering.withheld.push(...withholdAll(plan, value, row));
    return;
  }
  gathering.selected = true;
  for (const [at, entityPlan] of plan.entities.entries()) {
    const prefix = plan.entities.length > 1 ? `mappings[${at}].` : "";
    const built = buildEntity(entityPlan, value, row, (field, message) =>
      addProblem(gathering, names, item, prefix + field, message),
    );
    if ("entity" in built) gathering.entities.push(built.entity);
    else if ("withheld" in built) gathering.withheld.push(built.withheld);
    else gathering.skipped += 1;
  }
}

/** The entities that an object would have been, had its selector not failed. */
function withholdAll(plan: ResourcePlan, value: Json, row: readonly Outcome[]): Withheld[] {
  return plan.entities.flatMap((entity) => {
    const identity = readIdentity(entity, value, row);
    const isNone = identity.identifier === null || identity.blueprint === null;
    return isNone ? [] : [withhold("selector", identity)];
  });
}

function addProblem(
  gathering: Gathering,
  names: FieldNames,
  item: number | undefined,
  field: string,
  message: string,
): void {
  const { kind, resource } = names;
  gathering.problems.push({ kind, resource, objectId: gathering.id, item, field, message });
}
