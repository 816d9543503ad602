import { ConfigError } from "@pagerport/core";
import type { BehaviourChanges } from "./behaviour.ts";
import { type Instant, instantOf, type Segment } from "./incident-times.ts";
import type { Recording } from "./received.ts";
import { addMonths, isTimeZone } from "./zoned-time.ts";

/** What a sandbox is made of. Everything is optional. */
export interface SandboxOptions extends BehaviourChanges {
  /** Another seed is another account, with other ids. @default "pagerport" */
  readonly seed?: string | number;
  /** Also makes another account, of the same seed. @default "sandbox" */
  readonly accountId?: string;
  /** @default 40 */
  readonly services?: number;
  /** @default one for two services, from 6 to 300 */
  readonly users?: number;
  /** @default one for five services */
  readonly schedules?: number;
  /** Schedules of the newer, shift-based kind, besides those. @default 0 */
  readonly shiftSchedules?: number;
  /** Services that incidents name, but that are gone. @default 0 */
  readonly deletedServices?: number;
  /** Not used where `shape` is a list. @default 25_000 */
  readonly incidents?: number;
  /** Years before `to` at which the history begins, where `from` is not given. @default 3 */
  readonly years?: number;
  /** @default `years` before `to` */
  readonly from?: Instant;
  /** Where the history ends: what is open then stays open. @default the last midnight UTC before now */
  readonly to?: Instant;
  /** Lets the data's time stand still here. @default it goes on */
  readonly now?: Instant;
  /** What time it is, in milliseconds since 1970, where it does not stand still. @default the machine's */
  readonly time?: () => number;
  /** How incidents are spread over time. @default "even" */
  readonly shape?: "even" | readonly Segment[];
  /** Zone of times that name none, and of services' times. @default "UTC" */
  readonly accountTimeZone?: string;
  /** What the account's web addresses begin with. @default by the seed: `pagerport-sandbox` */
  readonly subdomain?: string;
  /** Id of the organisation in Port. @default by the seed: `org_pagerport_sandbox` */
  readonly organisation?: string;
  /** @default "us" */
  readonly region?: "us" | "eu";
  /** API key with all rights. @default "sandbox-token" */
  readonly token?: string;
  /** API key that may only read. @default "sandbox-read-only-token" */
  readonly readOnlyToken?: string;
  /** API key of a user who sees one team: it lists only that team's services and incidents. @default "sandbox-team-token" */
  readonly teamToken?: string;
  /** Application for client-credentials tokens. */
  readonly oauth?: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly grantedScopes: readonly string[];
  };
  /**
   * A webhook configuration in Port's format, as JSON: what the ingest accepts then makes a catalog.
   * @default none
   */
  readonly webhookConfig?: string;
  /** Client of Port's API with all rights. @default "sandbox-port-client" */
  readonly portClientId?: string;
  /** Client of Port's API that may only read; it has the same secret. @default "sandbox-port-reader" */
  readonly portReadOnlyClientId?: string;
  /** @default "sandbox-port-secret" */
  readonly portClientSecret?: string;
  /** How much of what the ingest accepts is kept. @default "last" */
  readonly record?: Recording;
  /**
   * How webhooks are posted: to deliver them without a network, as tests under load do.
   * @default the runtime's `fetch`
   */
  readonly webhookFetch?: (request: Request) => Promise<Response>;
  /** @default 0, any free port */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
}

/** Options with everything filled in that the data depends on. */
export interface History {
  readonly seed: string;
  readonly services: number;
  readonly deletedServices: number;
  readonly segments: readonly Segment[];
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

/** An API key that nobody takes for a real one. */
export const defaultToken = "sandbox-token";
/** Its read-only sister. */
export const defaultReadOnlyToken = "sandbox-read-only-token";

/** Their sister of one team. */
export const defaultTeamToken = "sandbox-team-token";

/** The application that exists where none is named, with every scope that reading needs. */
export const defaultOauth = {
  clientId: "sandbox-client",
  clientSecret: "sandbox-client-secret",
  grantedScopes: ["services.read", "incidents.read", "users.read", "abilities.read"],
} as const;

/** Port's client and its read-only sister, and the secret of both. */
export const defaultPortClients = {
  clientId: "sandbox-port-client",
  clientSecret: "sandbox-port-secret",
  readOnlyClientId: "sandbox-port-reader",
} as const;

const defaultServices = 40;
const defaultIncidents = 25_000;
const defaultYears = 3;
const dayMs = 86_400_000;

/** What account and organisation are called where nobody names them: those of another seed are others. */
export function nameHosts(
  options: Pick<SandboxOptions, "seed" | "accountId" | "subdomain" | "organisation">,
): { readonly subdomain: string; readonly organisation: string } {
  const { seed = "pagerport", accountId = "sandbox" } = options;
  const name = `${seed}-${accountId}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return {
    subdomain: options.subdomain ?? (name || "sandbox"),
    organisation: options.organisation ?? `org_${name.replaceAll("-", "_")}`,
  };
}

/** Fills in defaults and refuses what cannot be. @param now milliseconds since 1970 */
export function historyOf(options: SandboxOptions, now: number): History {
  const services = whole("services", options.services ?? defaultServices, 1);
  const deletedServices = whole("deletedServices", options.deletedServices ?? 0, 0);
  const incidents = whole("incidents", options.incidents ?? defaultIncidents, 0);
  if (options.users !== undefined) whole("users", options.users, 1);
  if (options.schedules !== undefined) whole("schedules", options.schedules, 0);
  if (options.shiftSchedules !== undefined) whole("shiftSchedules", options.shiftSchedules, 0);
  const timeZone = options.accountTimeZone ?? "UTC";
  if (!isTimeZone(timeZone)) {
    throw new ConfigError(
      `Cannot start the sandbox as 'accountTimeZone' must be a time zone such as Europe/Oslo: current value is ${timeZone}`,
      { setting: "accountTimeZone" },
    );
  }
  const shape = options.shape ?? "even";
  // Whole days, so that a sandbox started again on the same day has the same history.
  const midnight = Math.floor(now / dayMs) * dayMs;
  const lastOfShape = shape === "even" ? undefined : shape.at(-1)?.to;
  const to = instantOf(options.to ?? lastOfShape ?? midnight);
  const months = Math.round((options.years ?? defaultYears) * 12);
  const firstOfShape = shape === "even" ? undefined : shape[0]?.from;
  const from = instantOf(options.from ?? firstOfShape ?? addMonths(to, -months));
  return {
    seed: `${options.accountId ?? "sandbox"}/${options.seed ?? "pagerport"}`,
    services,
    deletedServices,
    segments: shape === "even" ? [{ from, to, count: incidents }] : shape,
    from,
    to,
    timeZone,
  };
}

function whole(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ConfigError(
      `Cannot start the sandbox as '${name}' must be a whole number of at least ${least}: current value is ${value}`,
      { setting: name },
    );
  }
  return value;
}
