import {
  ConfigError,
  findNearestName,
  listEventTypes,
  listWebhookUrls,
  loadSetting,
  requireSetting,
  type SettingSources,
  type SubscriptionScope,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addHostOptions, type HostFlags } from "../run-options.ts";
import { addHelp, type ExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of every command about subscriptions, as commander gives them. */
export interface WebhookFlags extends Pick<HostFlags, "config" | "apiUrl"> {
  readonly json?: true;
}

/** What exit codes mean for every command about subscriptions. */
export const webhookExitCodes: ExitCodes = {
  0: true,
  2: "usage or configuration, or PagerDuty refused it",
  3: true,
  4: true,
  5: true,
};

const rights =
  "The token in PD_WEBHOOK_TOKEN, or in PD_TOKEN where there is none, must not be read-only, and its user must be a manager (for a service or team), or an admin or the owner (for the whole account).";

/** Adds the flags of {@link WebhookFlags} and help to a command. */
export function addWebhookOptions(
  command: Command,
  {
    examples,
    about = [],
    exitCodes,
    settings = [],
  }: Partial<HelpText> & Pick<HelpText, "examples">,
): Command {
  return addHelp(
    addHostOptions(command.option("--json", "print one JSON document on stdout when done")),
    {
      examples,
      about: [...about, rights],
      settings: ["pagerDutyToken", "webhookToken", ...settings],
      exitCodes: { ...webhookExitCodes, ...exitCodes },
    },
  );
}

/** The flags that say whose events are meant. */
export interface ScopeFlags {
  readonly service?: string;
  readonly team?: string;
}

/** Adds the flags of {@link ScopeFlags} to a command. */
export function addScopeOptions(command: Command): Command {
  return command
    .option("--service <id>", "only what happens to one service")
    .option("--team <id>", "only what happens to one team's services");
}

/**
 * Whose events are meant: those of the whole account where nothing is said.
 *
 * @throws {ConfigError} where two are
 */
export function parseScope({ service, team }: ScopeFlags): SubscriptionScope {
  if (service !== undefined && team !== undefined) {
    throw new ConfigError("--service and --team cannot be used together", { setting: "--team" });
  }
  if (service !== undefined) return { type: "service", id: service };
  return team === undefined ? { type: "account" } : { type: "team", id: team };
}

/** The account, or `service P1`. */
export function formatScope(scope: SubscriptionScope | undefined): string {
  if (scope === undefined) return "other";
  return scope.id === undefined ? scope.type : `${scope.type} ${scope.id}`;
}

/** Addresses of pagerport's own server, the first that of new subscriptions; none where it is not told. */
export function listOwnUrls(sources: SettingSources): readonly string[] {
  const baseUrl = loadSetting("baseUrl", sources);
  if (baseUrl === undefined) return [];
  return listWebhookUrls({ baseUrl, pathPrefix: requireSetting("pathPrefix", sources) });
}

/**
 * Types of events as flags give them, repeated or with commas between them. One that is not known is told
 * on stderr: PagerDuty may have more by now.
 *
 * @throws {ConfigError} where there is none
 */
export function parseEvents(
  given: readonly string[] | undefined,
  context: CliContext,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const types = [...new Set(given.flatMap((text) => text.split(",")).map((text) => text.trim()))];
  if (types.includes("")) {
    throw new ConfigError("--event must name types of events, such as incident.triggered", {
      setting: "--event",
    });
  }
  const known = listEventTypes();
  for (const type of types.filter((one) => !known.includes(one))) {
    const nearest = findNearestName(type, known);
    const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
    context.stderr.write(`'${type}' is no type of event that pagerport knows.${hint}\n`);
  }
  return types;
}

/**
 * Headers as flags give them, `name=value`.
 *
 * @throws {ConfigError} where one has no name; a value is never shown
 */
export function parseHeaders(
  given: readonly string[] | undefined,
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const entries = given.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    throw new ConfigError("--header must be a name, =, and a value: --header x-team=platform", {
      setting: "--header",
    });
  });
  return Object.fromEntries(entries);
}

/** Collects a flag that is repeated. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
