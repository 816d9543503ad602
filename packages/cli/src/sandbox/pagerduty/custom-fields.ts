import { Hono } from "hono";
import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import { notFound } from "../pagerduty-errors.ts";
import { hash, pick } from "../random.ts";
import type { World } from "../world.ts";

const environments = ["production", "staging", "test"] as const;
const regions = ["eu", "us", "ap"] as const;

/** What was filled in by whom PagerDuty's people call custom fields: one value, many, or none. */
export function customFieldRoutes(world: World): Hono {
  const app = new Hono();

  app.get("/incidents/:id/custom_fields/values", (context) => {
    const index = world.incidents.find(context.req.param("id"));
    if (index === undefined) throw notFound();
    return context.json({ custom_fields: incidentFields(world, index) });
  });

  app.get("/services/:id/custom_fields/values", (context) => {
    const id = context.req.param("id");
    const service = world.services.find(id);
    if (service === undefined || !world.services.has(id)) throw notFound();
    return context.json({ custom_fields: serviceFields(world, service.index) });
  });

  return app;
}

/** One custom field of one object. */
export interface FieldValue {
  readonly id: string;
  readonly type: "field_value";
  readonly name: string;
  readonly display_name: string;
  readonly description: null;
  readonly data_type: string;
  readonly field_type: string;
  readonly value: unknown;
}

/** The custom fields of an incident. */
export function incidentFields(world: World, index: number): FieldValue[] {
  return fieldsOf(world, "incident", index);
}

/** The custom fields of a service. */
export function serviceFields(world: World, index: number): FieldValue[] {
  return fieldsOf(world, "service", index);
}

function fieldsOf(world: World, kind: "incident" | "service", index: number): FieldValue[] {
  const key = kindKey(world.account.key, `${kind} custom field`);
  const hashed = hash(key, index);
  const many = regions.filter((_, at) => ((hashed >>> (at + 4)) & 1) === 1);
  const edited = world.fieldEdits.of(`${kind} ${index}`) ?? {};
  const values: readonly (readonly [string, string, unknown])[] = [
    ["environment", "single_value_fixed", hashed % 4 === 0 ? null : pick(environments, hashed)],
    ["regions", "multi_value_fixed", many],
    ["affected_customers", "single_value", hashed % 3 === 0 ? null : hashed % 500],
  ];
  return values.map(([name, fieldType, value], at) => ({
    id: shortId(key, 1_000_000 + at),
    type: "field_value",
    name,
    display_name: name.replaceAll("_", " "),
    description: null,
    data_type: name === "affected_customers" ? "integer" : "string",
    field_type: fieldType,
    value: name in edited ? edited[name] : value,
  }));
}
