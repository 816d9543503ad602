import { shortId } from "./ids.ts";
import { firstNames, lastNames } from "./names.ts";
import { hash, hashText, pick } from "./random.ts";

/** How PagerDuty names one resource inside another. */
export interface Reference {
  readonly id: string;
  readonly type: string;
  readonly summary: string;
  readonly self: string;
  readonly html_url: string | null;
}

/** The people, policies, teams and priorities of one invented account. */
export interface Account {
  /** What everything about the account is computed from. */
  readonly key: number;
  /** Where `self` of every resource points to. */
  readonly apiUrl: string;
  /** Where `html_url` of every resource points to. */
  readonly webUrl: string;
  /** Zone of times that name none. */
  readonly timeZone: string;
  readonly users: readonly Person[];
  readonly policies: readonly Reference[];
  readonly teams: readonly Reference[];
  readonly priorities: readonly Priority[];
}

/** A user: the reference that others name, and what only the full object tells. */
export interface Person {
  readonly index: number;
  readonly reference: Reference;
  readonly email: string;
}

/** A priority, always given in full. */
export interface Priority extends Omit<Reference, "html_url"> {
  readonly html_url: null;
  readonly name: string;
  readonly color: string;
  readonly order: number;
}

/** One service in so many has a policy of its own, a team, a person. */
const servicesPerPolicy = 5;
const servicesPerTeam = 8;
const servicesPerUser = 2;

/** Enough people to tell apart, few enough to keep in memory. */
const minUsers = 6;
const maxUsers = 300;

/** @param services how many services the account has; people, teams and policies grow with them */
export function createAccount(options: {
  readonly key: number;
  readonly region: "us" | "eu";
  /** What web addresses begin with. */
  readonly subdomain: string;
  readonly timeZone: string;
  readonly services: number;
  /** How many people there are, where that is not to follow from the services. */
  readonly users?: number | undefined;
}): Account {
  const { key, services } = options;
  const apiUrl =
    options.region === "eu" ? "https://api.eu.pagerduty.com" : "https://api.pagerduty.com";
  const webUrl = `https://${options.subdomain}${options.region === "eu" ? ".eu" : ""}.pagerduty.com`;
  const refer = (kind: string, path: string, index: number, summary: string): Reference => {
    const id = shortId(kindKey(key, kind), index);
    return {
      id,
      type: `${kind}_reference`,
      summary,
      self: `${apiUrl}/${path}/${id}`,
      html_url: `${webUrl}/${path}/${id}`,
    };
  };
  const usual = Math.max(minUsers, Math.ceil(services / servicesPerUser));
  const userCount = options.users ?? Math.min(maxUsers, usual);
  return {
    key,
    apiUrl,
    webUrl,
    timeZone: options.timeZone,
    users: list(userCount, (index) => {
      const name = personName(key, index);
      return {
        index,
        reference: refer("user", "users", index, name),
        email: `person${index + 1}@example.com`,
      };
    }),
    policies: list(Math.ceil(services / servicesPerPolicy) + 1, (index) =>
      refer("escalation_policy", "escalation_policies", index, `Escalation policy ${index + 1}`),
    ),
    teams: list(Math.ceil(services / servicesPerTeam) + 1, (index) =>
      refer("team", "teams", index, `Team ${index + 1}`),
    ),
    priorities: list(5, (index) => ({
      ...refer("priority", "priorities", index, `P${index + 1}`),
      type: "priority",
      html_url: null,
      account_id: shortId(kindKey(key, "account"), 0),
      color: ["a8171c", "eb6016", "f9b406", "555555", "555555"][index] ?? "555555",
      created_at: "2020-01-15T09:00:00Z",
      description: "",
      name: `P${index + 1}`,
      order: 500_000_000 - index * 100_000_000,
      schema_version: 0,
      updated_at: "2020-01-15T09:00:00Z",
    })),
  };
}

/** The key that ids of one kind of an account are computed from. */
export function kindKey(key: number, kind: string): number {
  return hash(key, hashText(kind));
}

function personName(key: number, index: number): string {
  const hashed = hash(key, index, 101);
  return `${pick(firstNames, hashed)} ${pick(lastNames, hashed >>> 8)}`;
}

function list<T>(length: number, create: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => create(index));
}
