import { writeInUtc } from "./in-zone.ts";
import { type IdentifiedObject, isIdentified, isRecord, type PagerDutyObject } from "./objects.ts";
import type { Query } from "./pagerduty-client.ts";

/** How a list is read on. */
type Paging =
  /** `limit` and `offset`, up to 10,000 rows. */
  | { readonly by: "offset" }
  /** An opaque mark, sent as `parameter`, found in the answer's `field`; none there = the end. */
  | { readonly by: "cursor"; readonly parameter: string; readonly field: string }
  /** The whole list is one answer. */
  | { readonly by: "nothing" };

/** One list of PagerDuty's REST API. */
export interface Kind {
  /** The name in the mapping: the path without its first slash. */
  readonly name: KindName;
  readonly path: string;
  /** Key of the rows in the answer, which is not always the path's last part. */
  readonly wrapper: string;
  readonly paging: Paging;
  readonly isRow: (value: unknown) => value is PagerDutyObject;
  /** What tells one row from another. */
  readonly identify: (row: PagerDutyObject) => string;
  /** True where the list may hold the same row twice. */
  readonly mayRepeat: boolean;
  /** True where an object can be read as `GET {path}/{id}`. */
  readonly isReadById: boolean;
  /** The most rows of a page; undefined = as of most lists. */
  readonly pageSize: number | undefined;
  /** What is always sent. */
  readonly query: Query;
}

interface Row extends Partial<Omit<Kind, "name" | "paging">> {
  readonly paging?: Paging;
}

const cursor: Paging = { by: "cursor", parameter: "cursor", field: "next_cursor" };
const whole: Paging = { by: "nothing" };
const inUtc: Query = [["time_zone", "UTC"]];
const byName: Query = [["sort_by", "name:asc"]];

/**
 * Where a list differs from the rule, which is: wrapper named like the path's last part, classic paging,
 * rows with an id.
 * {@link https://developer.pagerduty.com/docs/pagination}
 * {@link https://github.com/PagerDuty/api-schema}
 */
const lists = {
  addons: {},
  alert_grouping_settings: { paging: { by: "cursor", parameter: "after", field: "after" } },
  "audit/records": { paging: cursor, isReadById: false },
  "automation_actions/actions": { paging: cursor },
  "automation_actions/runners": { paging: cursor },
  business_services: {},
  change_events: {},
  escalation_policies: { query: byName },
  event_orchestrations: { wrapper: "orchestrations" },
  extension_schemas: {},
  extensions: {},
  incident_workflows: {},
  "incident_workflows/actions": { paging: cursor },
  "incident_workflows/triggers": { paging: cursor },
  incidents: { query: [...inUtc, ["sort_by", "incident_number:asc"]] },
  "incidents/custom_fields": { wrapper: "fields", paging: whole },
  "incidents/types": { wrapper: "incident_types", paging: whole },
  license_allocations: { isReadById: false, isRow: isRecord, identify: identifyByContent },
  licenses: { paging: whole, isReadById: false },
  log_entries: { query: inUtc },
  maintenance_windows: {},
  notifications: { query: inUtc, isReadById: false },
  oncalls: {
    query: inUtc,
    isRow: isRecord,
    identify: identifyOncall,
    mayRepeat: true,
    isReadById: false,
  },
  priorities: { isReadById: false },
  response_plays: { paging: whole },
  rulesets: {},
  // Without a time zone: where one is named, PagerDuty may tell it as each schedule's own.
  schedules: {},
  services: { query: [...byName, ...inUtc] },
  "services/custom_fields": { wrapper: "fields", paging: whole },
  standards: { paging: whole, isReadById: false },
  status_dashboards: { paging: cursor },
  status_pages: { isReadById: false },
  tags: {},
  teams: {},
  templates: {},
  users: {},
  // Shift-based, as references; their details are read by id.
  "v3/schedules": { pageSize: 1000 },
  vendors: {},
  webhook_subscriptions: {},
  "workflows/integrations": { paging: cursor },
  "workflows/integrations/connections": { paging: cursor, isReadById: false },
} as const satisfies Readonly<Record<string, Row>>;

/** A list that can be read by its name. */
export type KindName = keyof typeof lists;

/** Every list that can be read by its name. */
export const kindNames = Object.keys(lists) as readonly KindName[];

/** The list of a name. */
export function findKind(name: KindName): Kind {
  const row: Row = lists[name];
  return {
    name,
    path: row.path ?? `/${name}`,
    wrapper: row.wrapper ?? name.slice(name.lastIndexOf("/") + 1),
    paging: row.paging ?? { by: "offset" },
    isRow: row.isRow ?? isIdentified,
    identify: row.identify ?? identifyById,
    mayRepeat: row.mayRepeat ?? false,
    isReadById: row.isReadById ?? true,
    pageSize: row.pageSize,
    query: row.query ?? [],
  };
}

function identifyById(row: PagerDutyObject): string {
  return String(row["id"]);
}

function identifyByContent(row: PagerDutyObject): string {
  return JSON.stringify(row);
}

/** An on-call has no id: who, for which policy, level and schedule, from when to when. */
export function identifyOncall(row: PagerDutyObject): string {
  const { escalation_policy, escalation_level, schedule, user, start, end } = row;
  return JSON.stringify([
    readId(escalation_policy),
    escalation_level,
    readId(schedule),
    readId(user),
    writeSame(start),
    writeSame(end),
  ]);
}

/** The same on-call is the same one, in whatever zone its times were asked for. */
function writeSame(time: unknown): unknown {
  return typeof time === "string" ? writeInUtc(time) : (time ?? null);
}

/** The id of a reference or object; null where there is none. */
export function readId(reference: unknown): string | null {
  return isIdentified(reference) ? reference.id : null;
}

/** The ids of a list of references or objects. */
export function readIds(references: unknown): string[] {
  if (!Array.isArray(references)) return [];
  const identified: IdentifiedObject[] = references.filter(isIdentified);
  return identified.map(({ id }) => id);
}
