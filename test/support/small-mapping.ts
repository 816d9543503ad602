import type { Sandbox } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";

/** A kind that a small mapping can have, with open incidents and those that were resolved lately apart. */
export type SmallKind =
  | "escalation_policies"
  | "services"
  | "users"
  | "schedules"
  | "oncalls"
  | "open-incidents"
  | "resolved-incidents";

/** A mapping that reads what a test is about, and no more. */
export interface SmallMapping {
  readonly kinds: readonly SmallKind[];
  /** Which objects are let through, as jq. @default all */
  readonly query?: Partial<Readonly<Record<SmallKind, string>>>;
  /** How entities are named, as jq. @default `.id`, or what tells on-calls apart */
  readonly identifier?: Partial<Readonly<Record<SmallKind, string>>>;
  /** What titles are, as jq: no part of how a mapping reads. @default `.name`, or what there is */
  readonly title?: Partial<Readonly<Record<SmallKind, string>>>;
  readonly params?: Partial<Readonly<Record<SmallKind, JsonObject>>>;
  readonly entityDeletionThreshold?: number;
}

/** An object of the API. */
type Row = Readonly<Record<string, unknown>>;

/** What the same expressions as in the mapping come to, so that a test need not believe the mapper. */
export interface Reading {
  /** Which objects the mapping lets through. @default all */
  readonly isWanted?: (kind: SmallKind, row: Row) => boolean;
  /** @default their id, or what tells on-calls apart */
  readonly name?: (kind: SmallKind, row: Row) => string;
}

interface KindParts {
  readonly kind: string;
  readonly blueprint: string;
  readonly title: string;
  /** The list that tells the truth. */
  readonly path: string;
  readonly properties: JsonObject;
  readonly relations?: JsonObject;
  readonly params?: JsonObject;
}

const oncallIdentifier =
  '"\\(.escalation_policy.id)-\\(.escalation_level)-\\(.user.id)-\\(.schedule.id // "direct")-\\(.start // "always")"';

const incidents = {
  kind: "incidents",
  blueprint: "pagerdutyIncident",
  title: ".title",
  properties: { status: ".status" },
  relations: { pagerdutyService: ".service.id" },
};

const parts: Readonly<Record<SmallKind, KindParts>> = {
  escalation_policies: {
    kind: "escalation_policies",
    blueprint: "pagerdutyEscalationPolicy",
    title: ".name",
    path: "/escalation_policies",
    properties: { description: ".description" },
  },
  services: {
    kind: "services",
    blueprint: "pagerdutyService",
    title: ".name",
    path: "/services",
    properties: { status: ".status", description: ".description" },
  },
  users: {
    kind: "users",
    blueprint: "pagerdutyUser",
    title: ".name",
    path: "/users",
    properties: { email: ".email", description: ".description" },
  },
  schedules: {
    kind: "schedules",
    blueprint: "pagerdutySchedule",
    title: ".name",
    path: "/schedules",
    properties: { description: ".description" },
  },
  oncalls: {
    kind: "oncalls",
    blueprint: "pagerdutyOncall",
    title: ".user.summary",
    path: "/oncalls",
    properties: { startDate: ".start", endDate: ".end" },
    relations: { pagerdutySchedule: ".schedule.id" },
  },
  "open-incidents": {
    ...incidents,
    path: "/incidents?date_range=all&statuses[]=triggered&statuses[]=acknowledged",
    params: { date_range: "all", statuses: ["triggered", "acknowledged"] },
  },
  "resolved-incidents": {
    ...incidents,
    path: "/incidents?statuses[]=resolved",
    params: { statuses: ["resolved"] },
  },
};

/** The mapping's text. */
export function writeSmallMapping(mapping: SmallMapping): string {
  return JSON.stringify({
    entityDeletionThreshold: mapping.entityDeletionThreshold ?? 0.2,
    deleteDependentEntities: true,
    createMissingRelatedEntities: true,
    resources: mapping.kinds.map((name) => {
      const { kind, blueprint, title, properties, relations, params } = parts[name];
      const query = mapping.query?.[name] ?? "true";
      const apiQueryParams = { ...params, ...mapping.params?.[name] };
      const usual = name === "oncalls" ? oncallIdentifier : ".id";
      return {
        kind,
        selector: { query, ...(Object.keys(apiQueryParams).length > 0 && { apiQueryParams }) },
        port: {
          entity: {
            mappings: {
              identifier: mapping.identifier?.[name] ?? usual,
              title: mapping.title?.[name] ?? title,
              blueprint: `"${blueprint}"`,
              properties,
              ...(relations && { relations }),
            },
          },
        },
      };
    }),
  });
}

/** A mapping with any parameter of on-calls reads them as far ahead as PagerDuty tells; another, this moment. */
const oncallsAhead = 90 * 86_400_000;

/** What is to be in Port by the account as it is: names of entities by blueprint. */
export async function readWanted(
  { pagerduty, clock }: Pick<Sandbox, "pagerduty" | "clock">,
  { kinds, params }: SmallMapping,
  { isWanted = () => true, name = nameRow }: Reading,
): Promise<Map<string, Set<string>>> {
  const wanted = new Map<string, Set<string>>();
  for (const kind of kinds) {
    const { blueprint, path } = parts[kind];
    const list = path.slice(1).split("?", 1)[0];
    const ahead = params?.oncalls === undefined ? 0 : oncallsAhead;
    const until = new Date(clock.now() + ahead).toISOString();
    const range = kind === "oncalls" ? `?time_zone=UTC&until=${until}` : "";
    const rows = [...(await pagerduty.list(`${path}${range}`, list))];
    // PagerDuty has a list of its own for the shift-based ones.
    if (kind === "schedules") rows.push(...(await pagerduty.list("/v3/schedules", list)));
    const names = rows.filter((row) => isWanted(kind, row)).map((row) => name(kind, row));
    wanted.set(blueprint, new Set([...(wanted.get(blueprint) ?? []), ...names]));
  }
  return wanted;
}

/** What an entity is called where the mapping says nothing of its own. */
export function nameRow(kind: SmallKind, row: Row): string {
  if (kind !== "oncalls") return String(row["id"]);
  const idOf = (part: string): string | undefined =>
    (row[part] as { readonly id: string } | null)?.id;
  const level = String(row["escalation_level"]);
  const start = (row["start"] as string | null) ?? "always";
  const schedule = idOf("schedule") ?? "direct";
  return `${idOf("escalation_policy")}-${level}-${idOf("user")}-${schedule}-${start}`;
}

/** The blueprint that a kind's entities are of. */
export function blueprintOf(kind: SmallKind): string {
  return parts[kind].blueprint;
}
