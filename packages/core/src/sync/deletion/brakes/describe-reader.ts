import { createHash } from "node:crypto";
import { HttpError, NetworkError } from "../../../errors.ts";
import { type Expression, isSearch, type SearchExpression } from "../../../map/expression.ts";
import type { EntityTemplate, Mapping, Resource } from "../../../map/mapping.ts";
import { isIdentified } from "../../../source/objects.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import { mayMake } from "../../may-make.ts";

/** Parameters that decide how objects look or in which order they come, and not which they are. */
const ofLooks: ReadonlySet<string> = new Set(["include", "sort_by"]);

/**
 * The parts of a mapping that decide which entities of a blueprint are made and how they are named,
 * hashed: resources, kinds, `apiQueryParams`, `query`, `itemsToParse`, identifiers and blueprints. Titles,
 * properties, comments and other blueprints do not count.
 */
export function describeReader(
  { resources }: Pick<Mapping, "resources">,
  blueprint: string,
): string {
  const parts = resources.flatMap((resource) => {
    const templates = resource.entities.filter((template) => mayMake(template, blueprint));
    if (templates.length === 0) return [];
    return [JSON.stringify(describeResource(resource, templates))];
  });
  // In whatever order they stand, the same is read and made.
  return createHash("sha256").update(JSON.stringify(parts.toSorted())).digest("base64url");
}

/**
 * Whose token it is: the id of its user, `account key` for one that is nobody's, `app` for any other that
 * PagerDuty does not tell. Undefined where PagerDuty did not answer.
 */
export async function readTokenOwner(
  client: PagerDutyClient,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { body } = await client.get("/users/me", [], signal);
    const { user } = body;
    return isIdentified(user) ? user.id : "app";
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    if (!(error instanceof HttpError) || error.status === 401) throw error;
    if (error.status >= 500 || error.status === 429) return undefined;
    return error.status === 400 ? "account key" : "app";
  }
}

function describeResource(
  { kind, selection, query, items }: Resource,
  templates: readonly EntityTemplate[],
): unknown {
  const parameters: unknown = Reflect.get(selection.selector, "apiQueryParams");
  const asked = Object.entries(parameters ?? {})
    .filter(([name, value]) => !ofLooks.has(name) && value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    kind,
    asked,
    query: query.source,
    items: items && [items.list.source, items.name, items.leftOut],
    entities: templates.map(({ identifier, blueprint }) => [
      describeExpression(identifier),
      blueprint.source,
    ]),
  };
}

function describeExpression(expression: Expression | SearchExpression): unknown {
  if (!isSearch(expression)) return expression.source;
  return {
    combinator: expression.combinator.source,
    rules: expression.rules.map((rule) =>
      "combinator" in rule
        ? describeExpression(rule)
        : [rule.property.source, rule.operator.source, rule.value.source],
    ),
  };
}
