import type { Sandbox } from "@pagerport/cli/sandbox";

/** How one object names another. */
interface Reference {
  readonly id: string;
  readonly summary: string;
  /** Only of a user in full. */
  readonly email?: string;
  readonly html_url: string | null;
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly html_url: string;
  readonly description: string | null;
  readonly teams: readonly Reference[];
}

interface Service extends Listed {
  readonly status: string;
  readonly escalation_policy: Reference;
}

interface Schedule extends Listed {
  readonly time_zone: string;
  readonly users: readonly Reference[];
}

interface Policy extends Listed {
  readonly escalation_rules: readonly object[];
}

interface User extends Listed {
  readonly email: string;
  readonly role: string;
  readonly job_title: string | null;
  readonly time_zone: string;
  readonly contact_methods: readonly Reference[];
}

export interface Oncall {
  readonly escalation_policy: Reference;
  readonly escalation_level: number;
  readonly schedule: Reference | null;
  readonly user: Reference;
  readonly start: string | null;
  readonly end: string | null;
}

export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly urgency: string;
  readonly self: string;
  readonly html_url: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly priority: Reference | null;
  readonly assignments: readonly { readonly assignee: Reference }[];
  readonly escalation_policy: Reference;
  readonly teams: readonly Reference[];
  readonly service: Reference;
}

/** Figures that analytics gives of an incident, whole. */
interface IncidentFigures {
  readonly id: string;
}

/** Figures that analytics gives of a service. */
interface ServiceFigures {
  readonly service_id: string;
  readonly mean_seconds_to_resolve: number | null;
  readonly mean_seconds_to_first_ack: number | null;
  readonly mean_seconds_to_engage: number | null;
}

/** Everything that a sandbox's PagerDuty tells of itself, as it tells it. */
export interface Account {
  readonly services: readonly Service[];
  readonly schedules: readonly Schedule[];
  readonly policies: readonly Policy[];
  readonly users: readonly User[];
  /** Those of the next 90 days, users in full. */
  readonly oncalls: readonly Oncall[];
  /** Those of this moment, users in full. */
  readonly oncallsNow: readonly Oncall[];
  /** Those created in the month before now, which is what the list gives where it is asked for nothing. */
  readonly monthIncidents: readonly Incident[];
  /** Those triggered or acknowledged, of any age, and assignees in full. */
  readonly openIncidents: readonly Incident[];
  /** Of all incidents that analytics knows. */
  readonly incidentFigures: readonly IncidentFigures[];
  /** Of the last 90 days. */
  readonly serviceFigures: readonly ServiceFigures[];
}

const day = 86_400_000;

/** On-calls that begin in the last minute of the 90 days are not asked for. */
const oncallMargin = 60_000;

/** Reads everything, without any of what the product reads it with. */
export async function readAccount(sandbox: Sandbox): Promise<Account> {
  const now = sandbox.clock.now();
  const list = async <Row>(path: string): Promise<readonly Row[]> =>
    (await sandbox.pagerduty.list(path)) as readonly unknown[] as readonly Row[];
  const ahead = `since=${format(now)}&until=${format(now + 90 * day - oncallMargin)}`;
  const open = "date_range=all&statuses[]=triggered&statuses[]=acknowledged";
  return {
    services: await list("/services"),
    schedules: await list("/schedules"),
    policies: await list("/escalation_policies"),
    users: await list("/users"),
    oncalls: await list(`/oncalls?include[]=users&${ahead}`),
    oncallsNow: await list("/oncalls?include[]=users"),
    monthIncidents: await list("/incidents"),
    openIncidents: await list(`/incidents?include[]=assignees&${open}`),
    incidentFigures: await ask(sandbox, "raw/incidents", {}),
    serviceFigures: await ask(sandbox, "metrics/incidents/services", {
      created_at_start: format(now - 90 * day),
      created_at_end: format(now),
    }),
  };
}

/** All rows of an answer of analytics, of which a thousand are on a page. */
async function ask<Row>(sandbox: Sandbox, path: string, filters: object): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let last: string | undefined;
  for (;;) {
    const after = last === undefined ? {} : { starting_after: last };
    const response = await fetch(`${sandbox.pagerDutyUrl}/analytics/${path}`, {
      method: "POST",
      headers: { authorization: `Token token=${sandbox.token}` },
      body: JSON.stringify({ filters, limit: 1000, ...after }),
    });
    const body: { readonly data: readonly Row[]; readonly more?: boolean; readonly last?: string } =
      await response.json();
    rows.push(...body.data);
    if (body.more !== true) return rows;
    last = body.last;
  }
}

function format(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
