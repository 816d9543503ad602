import { findNearestName } from "../nearest-name.ts";
import { type Environment, parseObject, readVariable, spellMember } from "./ocean-variables.ts";
import type { Setting } from "./setting.ts";
import { settings } from "./settings.ts";

/** A variable that is set for Ocean's container, or for us, and changes nothing here. */
export interface IgnoredVariable {
  /** As it is set; a member of a JSON object in parentheses: `OCEAN__EVENT_LISTENER (brokers)`. */
  readonly name: string;
  /** False where neither Ocean nor we know it: probably a mistake of writing. */
  readonly isKnown: boolean;
  /** What was probably meant by one that is not known. */
  readonly nearest: string | undefined;
}

/** What Ocean knows and has no meaning here; `*` stands for whatever its family holds. */
export const meaninglessVariables = [
  "APPLICATION__ENABLE_HTTP_LOGGING",
  "OCEAN__ACTIONS_PROCESSOR__*",
  "OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS",
  "OCEAN__BULK_UPSERTS_ENABLED",
  "OCEAN__CACHING_STORAGE_MODE",
  "OCEAN__DATABASE__*",
  "OCEAN__DELETE_ENTITIES_MAX_BATCH_SIZE",
  "OCEAN__DISABLE_IP_OUTBOUND_BLOCKER",
  "OCEAN__EVENTS_DEBUG_LOGGING",
  "OCEAN__EVENT_LISTENER__APP_HOST",
  "OCEAN__EVENT_LISTENER__AUTHENTICATION_MECHANISM",
  "OCEAN__EVENT_LISTENER__BROKERS",
  "OCEAN__EVENT_LISTENER__CONSUMER_POLL_TIMEOUT",
  "OCEAN__EVENT_LISTENER__KAFKA_SECURITY_ENABLED",
  "OCEAN__EVENT_LISTENER__SECURITY_PROTOCOL",
  "OCEAN__EVENT_LISTENER__SHOULD_PROCESS_WEBHOOKS",
  "OCEAN__EVENT_LISTENER__SHOULD_RESYNC",
  "OCEAN__EVENT_LISTENER__SHOULD_RUN_ACTIONS",
  "OCEAN__EVENT_WORKERS_COUNT",
  "OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED",
  "OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL",
  "OCEAN__INTEGRATION__SKIP_CHECK_DIFF",
  "OCEAN__LAKEHOUSE_BUFFER_INTERVAL_SECONDS",
  "OCEAN__LAKEHOUSE_BUFFER_MAX_COUNT",
  "OCEAN__LAKEHOUSE_ENABLED",
  "OCEAN__LIVE_EVENTS__*",
  "OCEAN__MAX_EVENT_PROCESSING_SECONDS",
  "OCEAN__METRICS__*",
  "OCEAN__PORT__BLUEPRINT_CACHE_TTL_SECONDS",
  "OCEAN__PORT__FEATURE_FLAGS_CACHE_TTL_SECONDS",
  "OCEAN__PORT__PORT_APP_CONFIG_CACHE_TTL",
  "OCEAN__PROCESSING_MODE",
  "OCEAN__PROCESS_EXECUTION_MODE",
  "OCEAN__PROCESS_IN_QUEUE_MAX_WORKERS",
  "OCEAN__PROCESS_IN_QUEUE_TIMEOUT",
  "OCEAN__RESOURCES_PATH",
  "OCEAN__RUNTIME",
  "OCEAN__SSL__*",
  "OCEAN__STATUS_HEARTBEAT_INTERVAL_SECONDS",
  "OCEAN__STREAMING__*",
  "OCEAN__UPSERT_ENTITIES_BATCH_MAX_LENGTH",
  "OCEAN__UPSERT_ENTITIES_BATCH_MAX_SIZE_IN_BYTES",
  "OCEAN__YIELD_ITEMS_TO_PARSE_BATCH_SIZE",
];

/** Variables whose members may also be given together, as one JSON object. */
export const objectVariables = [
  "OCEAN__EVENT_LISTENER",
  "OCEAN__INTEGRATION",
  "OCEAN__INTEGRATION__CONFIG",
  "OCEAN__PORT",
];

/** What our own variables begin with, those apart that are called as the Bash script has them. */
const ownPrefix = "PAGERPORT_";

/** The variables of Ocean's container, and those that look like ours, that have no meaning here, by name. */
export function listIgnoredVariables(environment: Environment): readonly IgnoredVariable[] {
  const honoured = listHonoured();
  const own = listOwn();
  const ignored: IgnoredVariable[] = [];
  const consider = (name: string, shown: string, value: unknown): void => {
    if (value === undefined || value === null || value === "" || honoured.has(name)) return;
    const isKnown = meaninglessVariables.some((known) => covers(known, name));
    if (!isKnown && !name.startsWith("OCEAN__")) return;
    const nearest = isKnown ? undefined : findNearestName(name, honoured);
    ignored.push({ name: shown, isKnown, nearest });
  };
  for (const [name, text] of Object.entries(environment)) {
    const spelled = name.toUpperCase();
    if (!objectVariables.includes(spelled)) consider(spelled, name, text);
    // Ours are read as they are written here, and in no other case of letters.
    if (spelled.startsWith(ownPrefix) && !own.has(name) && (text ?? "") !== "") {
      ignored.push({ name, isKnown: false, nearest: findNearestName(name, own) });
    }
  }
  for (const object of objectVariables) {
    for (const [member, path, value] of listMembers(environment, object)) {
      consider(`${object}__${member}`, path, value);
    }
  }
  return ignored.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One sentence or two about them for a log; undefined where there are none. */
export function describeIgnoredVariables(ignored: readonly IgnoredVariable[]): string | undefined {
  const known = ignored.filter((variable) => variable.isKnown).map(({ name }) => name);
  const unknown = ignored
    .filter((variable) => !variable.isKnown)
    .map(({ name, nearest }) => (nearest === undefined ? name : `${name} (or ${nearest}?)`));
  const sentences = [
    ...(known.length > 0 ? [`Without meaning here, and ignored: ${known.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`Not known, and ignored: ${unknown.join(", ")}`] : []),
  ];
  return sentences.length > 0 ? sentences.join(". ") : undefined;
}

function listOwn(): ReadonlySet<string> {
  const table: readonly Setting<unknown>[] = Object.values(settings);
  return new Set(
    table.flatMap(({ environment, isSecret, hasFile = isSecret }) =>
      hasFile ? environment.flatMap((name) => [name, `${name}_FILE`]) : environment,
    ),
  );
}

function listHonoured(): ReadonlySet<string> {
  const table: readonly Setting<unknown>[] = Object.values(settings);
  const files = table.filter(({ isSecret }) => isSecret).flatMap(({ ocean = [] }) => ocean);
  return new Set([
    ...table.flatMap(({ ocean = [] }) => ocean),
    ...files.map((name) => `${name}_FILE`),
    ...table.flatMap(({ oceanPath = [] }) => oceanPath),
  ]);
}

function covers(known: string, name: string): boolean {
  return known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : known === name;
}

/** The members of the JSON object in a variable, with what to call each. */
function listMembers(
  environment: Environment,
  variable: string,
): readonly (readonly [name: string, shown: string, value: unknown])[] {
  const found = readVariable(environment, variable);
  if (found === undefined) return [];
  return Object.entries(parseObject(found)).flatMap(([key, value]) => {
    const name = spellMember(key);
    // What is an object itself is a mapping of settings only where Ocean has one there.
    if (
      objectVariables.includes(`${variable}__${name}`) &&
      typeof value === "object" &&
      value !== null
    ) {
      return Object.entries(value).map(
        ([inner, member]) =>
          [`${name}__${spellMember(inner)}`, `${found.origin} (${key}.${inner})`, member] as const,
      );
    }
    return [[name, `${found.origin} (${key})`, value] as const];
  });
}
