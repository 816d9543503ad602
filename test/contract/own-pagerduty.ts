import type { Node } from "./convert-schemas.ts";

/**
 * PagerDuty's routes that the file lacks, in its own form. The rules are those of PagerDuty's guides: a
 * classic list takes `limit`, `offset` and `total`, one with a mark takes `limit` and the mark, and a list
 * that is one answer takes nothing.
 * {@link https://developer.pagerduty.com/docs/pagination}
 */

const text: Node = { type: "string" };
const whole: Node = { type: "integer", minimum: 0 };
const moment: Node = { type: "string", format: "date-time" };

function query(name: string, schema: Node, required = false): Node {
  return { name, in: "query", required, schema };
}

/** At most a hundred rows a page, and no row beyond the ten thousandth. */
const classic = [
  query("limit", { type: "integer", minimum: 1, maximum: 100 }),
  query("offset", { type: "integer", minimum: 0, maximum: 9999 }),
  query("total", { type: "boolean" }),
];

function marked(parameter: string): readonly Node[] {
  return [query("limit", { type: "integer", minimum: 1, maximum: 100 }), query(parameter, text)];
}

interface List {
  /** Key of the rows, where it is not the last word of the path. */
  readonly wrapper?: string;
  readonly parameters?: readonly Node[];
  /** What a row is at least. */
  readonly row?: Node;
  /** Whether an object can be asked for by its id. */
  readonly byId?: boolean;
}

const identified: Node = { type: "object", required: ["id"], properties: { id: text } };

const lists: Readonly<Record<string, List>> = {
  addons: {},
  alert_grouping_settings: { parameters: marked("after") },
  "automation_actions/actions": { parameters: marked("cursor") },
  "automation_actions/runners": { parameters: marked("cursor") },
  change_events: {},
  event_orchestrations: { wrapper: "orchestrations" },
  extension_schemas: {},
  extensions: {},
  incident_workflows: {},
  "incident_workflows/actions": { parameters: marked("cursor") },
  "incident_workflows/triggers": { parameters: marked("cursor") },
  "incidents/custom_fields": { wrapper: "fields", parameters: [] },
  "incidents/types": { wrapper: "incident_types", parameters: [] },
  license_allocations: { byId: false },
  licenses: { parameters: [], byId: false },
  // Refused without a range.
  notifications: {
    parameters: [
      ...classic,
      query("since", moment, true),
      query("until", moment, true),
      query("time_zone", text),
    ],
    byId: false,
  },
  response_plays: { parameters: [] },
  rulesets: {},
  "services/custom_fields": { wrapper: "fields", parameters: [] },
  standards: { parameters: [], byId: false },
  status_dashboards: { parameters: marked("cursor") },
  status_pages: { byId: false },
  tags: {},
  templates: {},
  vendors: {},
  "workflows/integrations": { parameters: marked("cursor") },
  "workflows/integrations/connections": { parameters: marked("cursor"), byId: false },
};

/** Kinds whose list is in the file, and whose single objects are not. */
const onlyById = ["business_services", "log_entries", "maintenance_windows", "teams"];

const json = (schema: Node): Node => ({ content: { "application/json": { schema } } });

/** What every refusal looks like. */
const refusal = json({
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "code"],
      properties: {
        message: text,
        code: { type: "integer" },
        errors: { type: "array", items: text },
      },
    },
  },
});
const refusals = {
  400: refusal,
  401: refusal,
  402: refusal,
  403: refusal,
  404: refusal,
  429: refusal,
};

function describeList(
  path: string,
  { wrapper, parameters = classic, row = identified }: List,
): Node {
  const rows = wrapper ?? path.slice(path.lastIndexOf("/") + 1);
  const page: Node = {
    type: "object",
    required: [rows],
    properties: {
      [rows]: { type: "array", items: row },
      limit: whole,
      offset: whole,
      more: { type: "boolean" },
      total: { ...whole, nullable: true },
    },
  };
  return { parameters, responses: { 200: json(page), ...refusals } };
}

const one: Node = {
  parameters: [{ name: "id", in: "path", required: true, schema: text }, query("time_zone", text)],
  responses: {
    200: json({ type: "object", minProperties: 1, additionalProperties: identified }),
    ...refusals,
  },
};

/** What of PagerDuty's API is not in the file. */
export const ownPagerDuty: Node = {
  paths: Object.fromEntries([
    ...Object.entries(lists).map(([path, list]) => [`/${path}`, { get: describeList(path, list) }]),
    ...Object.entries(lists)
      .filter(([, { byId = true }]) => byId)
      .map(([path]) => [`/${path}/{id}`, { get: one }]),
    ...onlyById.map((path) => [`/${path}/{id}`, { get: one }]),
  ]),
};
