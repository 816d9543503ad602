import type { JsonObject } from "@pagerport/core";

/**
 * Invented objects of every kind, with the members, references and nesting that PagerDuty's have, and
 * with the enrichments that pagerport adds. What varies is drawn from the seed.
 */
export type SampleKind =
  | "services"
  | "incidents"
  | "schedules"
  | "oncalls"
  | "escalation_policies"
  | "users";

/** A source of numbers from 0 up to, and without, 1. */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32's scheme). */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes objects of one kind. */
export function createSamples(kind: SampleKind, count: number, random: Random): JsonObject[] {
  return Array.from({ length: count }, (_, at) => makers[kind](at, random));
}

const makers: Readonly<Record<SampleKind, (at: number, random: Random) => JsonObject>> = {
  services: createService,
  incidents: createIncident,
  schedules: createSchedule,
  oncalls: createOncall,
  escalation_policies: createPolicy,
  users: createUser,
};

function createService(at: number, random: Random): JsonObject {
  return {
    ...reference("service", `PSVC${at}`, `Service ${at}`),
    name: `Service ${at}`,
    description: maybe(random, `What service ${at} is for: payments, mail or search`),
    created_at: "2024-05-16T18:37:20+03:00",
    updated_at: "2025-07-28T16:06:48+03:00",
    status: pick(random, ["active", "warning", "critical", "maintenance", "disabled"]),
    teams: some(random, 2, (n) => reference("team_reference", `PTEAM${n}`, `Team ${n}`)),
    alert_creation: "create_alerts_and_incidents",
    addons: [],
    scheduled_actions: [],
    support_hours: null,
    last_incident_timestamp: maybe(random, "2025-11-07T08:54:23Z"),
    escalation_policy: reference("escalation_policy_reference", "PPOL1", "Backend Policy"),
    incident_urgency_rule: { type: "constant", urgency: "high" },
    acknowledgement_timeout: null,
    auto_resolve_timeout: maybe(random, 14_400),
    integrations: some(random, 3, (n) => reference("integration_reference", `PINT${n}`, "Events")),
    __analytics: maybe(random, {
      service_id: `PSVC${at}`,
      mean_seconds_to_resolve: Math.floor(random() * 10_000),
      mean_seconds_to_first_ack: Math.floor(random() * 1000),
      mean_seconds_to_engage: random() * 100,
    }),
    __oncall_user: some(random, 3, (n) => createOncall(n, random)),
  };
}

function createIncident(at: number, random: Random): JsonObject {
  const status = pick(random, ["triggered", "acknowledged", "resolved"]);
  const service = reference("service_reference", `PSVC${at % 50}`, `Service ${at % 50}`);
  return {
    ...reference(
      "incident",
      `Q${at.toString(36).toUpperCase().padStart(13, "0")}`,
      `[#${at}] Alarm`,
    ),
    incident_number: at,
    title: `Disk ${at} is nearly full on host-${Math.floor(random() * 1000)} ⚠`,
    description: `Disk ${at} is nearly full`,
    created_at: "2025-11-07T08:48:39Z",
    updated_at: "2025-11-17T14:17:49Z",
    status,
    incident_key: `e20af41f10af47f89468db4e9ac${at}`,
    service,
    assignments:
      status === "resolved"
        ? []
        : some(random, 2, (n) => ({ at: "2025-11-07T08:48:40Z", assignee: createUser(n, random) })),
    assigned_via: "escalation_policy",
    last_status_change_at: "2025-11-17T14:17:49Z",
    resolved_at: status === "resolved" ? "2025-11-17T14:17:49Z" : null,
    first_trigger_log_entry: reference("trigger_log_entry_reference", `R${at}`, "Triggered"),
    alert_counts: { all: 1, triggered: 0, resolved: 1 },
    is_mergeable: true,
    incident_type: { name: "incident_default" },
    escalation_policy: reference("escalation_policy_reference", "PPOL1", "Backend Policy"),
    teams: some(random, 2, (n) => reference("team_reference", `PTEAM${n}`, `Team ${n}`)),
    pending_actions: [],
    acknowledgements: [],
    basic_alert_grouping: null,
    alert_grouping: null,
    last_status_change_by: service,
    priority: maybe(random, {
      ...reference("priority", "PPRI1", "P2"),
      name: "P2",
      color: "a8171c",
    }),
    resolve_reason: null,
    incidents_responders: [],
    responder_requests: [],
    subscriber_requests: [],
    urgency: pick(random, ["high", "low"]),
    __analytics: maybe(random, { seconds_to_resolve: 100, total_interruptions: at }),
  };
}

function createSchedule(at: number, random: Random): JsonObject {
  return {
    ...reference("schedule", `PSCH${at}`, `Rotation ${at}`),
    name: `Rotation ${at}`,
    time_zone: "Europe/Berlin",
    description: maybe(random, "Weekly rotation"),
    users: some(random, 4, (n) => ({
      ...reference("user_reference", `PUSR${n}`, `User ${n}`),
      ...(random() < 0.8 ? { __email: `user${n}@example.com` } : {}),
    })),
    escalation_policies: [reference("escalation_policy_reference", "PPOL1", "Backend Policy")],
    teams: some(random, 2, (n) => reference("team_reference", `PTEAM${n}`, `Team ${n}`)),
  };
}

function createOncall(at: number, random: Random): JsonObject {
  const isPermanent = random() < 0.3;
  return {
    escalation_policy: reference("escalation_policy_reference", `PPOL${at % 7}`, "Backend Policy"),
    escalation_level: 1 + Math.floor(random() * 3),
    schedule: isPermanent ? null : reference("schedule_reference", `PSCH${at % 5}`, "Rotation"),
    user: createUser(at, random),
    start: isPermanent ? null : "2025-10-17T15:57:50Z",
    end: isPermanent ? null : "2026-02-13T22:16:48Z",
  };
}

function createPolicy(at: number, random: Random): JsonObject {
  return {
    ...reference("escalation_policy", `PPOL${at}`, `Policy ${at}`),
    name: `Policy ${at}`,
    description: maybe(random, "Backend first"),
    num_loops: 0,
    on_call_handoff_notifications: "if_has_services",
    escalation_rules: some(random, 3, (n) => ({
      id: `PRUL${n}`,
      escalation_delay_in_minutes: 30,
      targets: [reference("schedule_reference", `PSCH${n}`, `Rotation ${n}`)],
    })),
    services: some(random, 4, (n) => reference("service_reference", `PSVC${n}`, `Service ${n}`)),
    teams: some(random, 2, (n) => reference("team_reference", `PTEAM${n}`, `Team ${n}`)),
    __oncall_users: some(random, 3, (n) => createOncall(n, random)),
  };
}

function createUser(at: number, random: Random): JsonObject {
  const method = (n: number, type: string): JsonObject => ({
    ...reference(
      `${type}_contact_method_reference`,
      `PCM${at}${n}`,
      pick(random, ["Default", "Mobile"]),
    ),
    html_url: null,
  });
  return {
    ...reference("user", `PUSR${at}`, `User Ünal ${at}`),
    name: `User Ünal ${at}`,
    email: `user${at}@example.com`,
    time_zone: "Europe/Berlin",
    color: "purple",
    avatar_url: `https://secure.gravatar.com/avatar/45c8178b572b583254694ab0aa3aaf4b.png?d=mm&r=PG`,
    billed: true,
    role: pick(random, ["owner", "admin", "user"]),
    description: null,
    invitation_sent: false,
    job_title: maybe(random, "Engineer"),
    teams: some(random, 1, (n) => reference("team_reference", `PTEAM${n}`, `Team ${n}`)),
    created_via_sso: false,
    contact_methods: ["email", "phone", "push_notification", "sms"].map((type, n) =>
      method(n, type),
    ),
    notification_rules: some(random, 4, (n) => ({
      ...reference("assignment_notification_rule_reference", `PNR${n}`, "0 minutes: channel"),
      html_url: null,
    })),
  };
}

function reference(type: string, id: string, summary: string): JsonObject {
  const path = type.replace("_reference", "s");
  return {
    id,
    type,
    summary,
    self: `https://api.pagerduty.com/${path}/${id}`,
    html_url: `https://example.pagerduty.com/${path}/${id}`,
  };
}

function maybe<T>(random: Random, value: T): T | null {
  return random() < 0.7 ? value : null;
}

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

function some<T>(random: Random, most: number, make: (n: number) => T): T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, (_, n) => make(n));
}
