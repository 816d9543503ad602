import { kindKey, type Account, type Person, type Reference } from "./account-data.ts";
import { shortId } from "./ids.ts";
import type { ServiceStore } from "./service-data.ts";

/** Objects in full, as `include[]` puts them in the place of references. */

/** A user with contact methods and notification rules (those always as references). */
export function fullUser(account: Account, person: Person): object {
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
    teams: [],
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

/** An escalation policy: one rule that calls one person. */
export function fullPolicy(account: Account, services: ServiceStore, policy: Reference): object {
  const number = account.policies.findIndex(({ id }) => id === policy.id);
  const target = account.users[number % account.users.length]?.reference;
  return {
    id: policy.id,
    type: "escalation_policy",
    summary: policy.summary,
    self: policy.self,
    html_url: policy.html_url,
    name: policy.summary,
    escalation_rules: [
      {
        id: shortId(kindKey(account.key, "escalation rule"), number),
        escalation_delay_in_minutes: 30,
        targets: [target],
      },
    ],
    services: services
      .listed()
      .filter((service) => service.policy.id === policy.id)
      .map(({ reference }) => reference),
    num_loops: 0,
    teams: [],
    description: null,
    on_call_handoff_notifications: "if_has_services",
    privilege: null,
  };
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
