import { kindKey, type Person, type Reference } from "./account-data.ts";
import { shortId } from "./ids.ts";
import type { World } from "./world.ts";

/** Objects in full, as `include[]` puts them in the place of references. */

/** A user with contact methods and notification rules (those always as references). */
export function fullUser(world: World, person: Person): object {
  const { account } = world;
  const { index, reference, email } = person;
  const contact = (kind: string, number: number): object => {
    const id = shortId(kindKey(account.key, "contact method"), index * 4 + number);
    return {
      id,
      type: `${kind}_contact_method_reference`,
      summary: kind === "email" ? "Default" : "Mobile",
      self: `${reference.self}/contact_methods/${id}`,
      html_url: null,
    };
  };
  const rule = (minutes: number, number: number): object => {
    const id = shortId(kindKey(account.key, "notification rule"), index * 4 + number);
    return {
      id,
      type: "assignment_notification_rule_reference",
      summary: `${minutes} minutes: channel ${shortId(kindKey(account.key, "contact method"), index * 4)}`,
      self: `${reference.self}/notification_rules/${id}`,
      html_url: null,
    };
  };
  return {
    name: reference.summary,
    email,
    time_zone: account.timeZone,
    color: "purple",
    avatar_url: `https://example.com/avatars/${reference.id}.png`,
    billed: true,
    role: index === 0 ? "owner" : "limited_user",
    description: null,
    invitation_sent: false,
    job_title: index % 3 === 0 ? null : "Engineer",
    teams: userTeams(world, person),
    created_via_sso: false,
    contact_methods: [contact("email", 0), contact("phone", 1), contact("push_notification", 2)],
    notification_rules: [rule(0, 0), rule(1, 1), rule(3, 2)],
    locale: "en-US",
    id: reference.id,
    type: "user",
    summary: reference.summary,
    self: reference.self,
    html_url: reference.html_url,
  };
}

/** The teams of a person: one, or for one in four none. */
export function userTeams({ account, removed }: World, { index }: Person): Reference[] {
  const team = index % 4 === 3 ? undefined : account.teams[index % account.teams.length];
  return team === undefined || removed.has(team.id) ? [] : [team];
}

/** A team. */
export function fullTeam(team: Reference): object {
  return {
    ...team,
    type: "team",
    name: team.summary,
    description: null,
    default_role: "manager",
    parent: null,
  };
}
