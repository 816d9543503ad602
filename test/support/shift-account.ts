import type { Sandbox } from "@pagerport/cli/sandbox";
import { readIds } from "../../packages/core/src/source/kinds.ts";

/** An entity of Port, but for when it was written. */
type Shown = Readonly<Record<string, unknown>>;

/** What is to be in Port of one schedule, by the sandbox's layer-based list: an upgrade changes nothing of it. */
export async function readGoldenSchedules({ pagerduty }: Sandbox): Promise<Map<string, Shown>> {
  const emails = new Map(
    (await pagerduty.list("/users")).map(({ id, email }) => [String(id), String(email)]),
  );
  const schedules = await pagerduty.list("/schedules");
  return new Map(
    schedules.map((schedule) => [
      String(schedule["id"]),
      {
        title: schedule["name"],
        url: schedule["html_url"],
        timezone: schedule["time_zone"],
        description: schedule["description"],
        users: readIds(schedule["users"]).map((id) => emails.get(id)),
        teams: summariesOf(schedule["teams"]),
      },
    ]),
  );
}

/** What Port has of schedules. */
export function showSchedules({ port }: Sandbox): Map<string, Shown> {
  return new Map(
    port.entities("pagerdutySchedule").map(({ identifier, title, properties }) => {
      const { url, timezone, description, users, teams } = properties;
      return [identifier, { title, url, timezone, description, users, teams }];
    }),
  );
}

/** On-calls of the account that have a schedule, and whose entity does not relate to it, by name. */
export async function listLooseOncalls({ pagerduty, port, clock }: Sandbox): Promise<string[]> {
  const until = new Date(clock.now()).toISOString();
  const rows = await pagerduty.list(`/oncalls?time_zone=UTC&until=${until}`, "oncalls");
  const named = rows.flatMap((row) => {
    const part = (key: string): string | undefined => readIds([row[key]])[0];
    const schedule = part("schedule");
    if (schedule === undefined) return [];
    const parts = [part("escalation_policy"), row["escalation_level"], part("user"), schedule];
    return [{ name: [...parts, row["start"]].join("-"), schedule }];
  });
  if (named.length === 0) throw new Error("Nobody is on call by a schedule");
  return named
    .filter(({ name, schedule }) => {
      const entity = port.entity("pagerdutyOncall", name);
      return entity?.relations["pagerdutySchedule"] !== schedule;
    })
    .map(({ name }) => name);
}

function summariesOf(references: unknown): unknown[] {
  return Array.isArray(references)
    ? references.map((reference: unknown) => Reflect.get(Object(reference), "summary") as unknown)
    : [];
}
