import { parseDatabaseUrl } from "../parse-address.ts";
import { parseBoolean, parseChoice, parseNumber, parseText, parseWhole } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** A year of minutes, and of hours: longer, and it was probably meant in another unit. */
const mostMinutes = 365 * 24 * 60;
const mostHours = 365 * 24;

/** Ocean's own default, seconds. */
const defaultPollInterval = 60;

/**
 * The largest share of a blueprint that goes in seven days, whatever a mapping says: Ocean writes 0.9 into
 * every mapping that it makes, and nobody chose it.
 */
export const defaultDeletionThreshold = 0.2;

/** Entities of a blueprint: a hundred are one request to Port. */
const defaultVerifySample = 200;

/** More entities than a blueprint in Port holds: whoever asks for more means all. */
const largestSample = 1_000_000;

/** A number of entities; 0 for all. */
function parseSample(text: string): number {
  if (text.trim().toLowerCase() === "all") return 0;
  return parseWhole({ least: 0, most: largestSample })(text);
}

/** What concerns runs: what they read by, what they remember, and when they begin. */
export const runSettings = {
  mappingFile: defineSetting({
    environment: ["PAGERPORT_MAPPING_FILE"],
    flag: "--mapping",
    isSecret: false,
    description: "the mapping, YAML or JSON",
    parse: parseText,
    defaultText: "the mapping that is stored in Port",
  }),
  databaseUrl: defineSetting({
    environment: ["PAGERPORT_DATABASE_URL"],
    isSecret: true,
    description: "PostgreSQL database that replicas share (postgres://user:password@host/name)",
    parse: parseDatabaseUrl,
  }),
  stateDir: defineSetting({
    environment: ["PAGERPORT_STATE_DIR"],
    isSecret: false,
    description: "folder of what is remembered between runs, where there is no database",
    parse: parseText,
    defaultText: "$XDG_STATE_HOME/pagerport, else ~/.local/state/pagerport",
  }),
  agedIncidents: defineSetting({
    environment: ["PAGERPORT_AGED_INCIDENTS"],
    isSecret: false,
    description: "what becomes of incidents in Port that are older than what a run reads",
    parse: parseChoice(["keep", "delete"]),
    default: "keep",
  }),
  deletionThreshold: defineSetting({
    environment: ["PAGERPORT_DELETION_THRESHOLD"],
    isSecret: false,
    description:
      "share of a blueprint's entities that may go in 7 days, 0 to 1, at most: a mapping may say less",
    parse: parseNumber({ least: 0, most: 1 }),
    default: defaultDeletionThreshold,
  }),
  scheduledResyncInterval: defineSetting({
    environment: ["PAGERPORT_SCHEDULED_RESYNC_INTERVAL"],
    ocean: ["OCEAN__SCHEDULED_RESYNC_INTERVAL"],
    isSecret: false,
    description: "minutes between scheduled resyncs; 0 = none",
    parse: parseWhole({ least: 0, most: mostMinutes }),
    default: 0,
  }),
  fullResyncInterval: defineSetting({
    environment: ["PAGERPORT_FULL_RESYNC_INTERVAL"],
    isSecret: false,
    description: "hours after which a scheduled resync reads everything again; 0 = always",
    parse: parseWhole({ least: 0, most: mostHours }),
    default: 24,
  }),
  verifyInterval: defineSetting({
    environment: ["PAGERPORT_VERIFY_INTERVAL"],
    isSecret: false,
    description: "hours between a server's comparisons of Port's catalog with PagerDuty; 0 = none",
    parse: parseWhole({ least: 0, most: mostHours }),
    default: 24,
  }),
  verifySample: defineSetting({
    environment: ["PAGERPORT_VERIFY_SAMPLE"],
    isSecret: false,
    description:
      "entities of a blueprint that such a comparison reads field by field; 0 or all = all",
    parse: parseSample,
    default: defaultVerifySample,
  }),
  eventListener: defineSetting({
    environment: ["PAGERPORT_EVENT_LISTENER"],
    ocean: ["OCEAN__EVENT_LISTENER__TYPE"],
    isSecret: false,
    description: "what makes a resync begin besides its schedule",
    parse: parseChoice(["POLLING", "ONCE", "WEBHOOKS_ONLY", "KAFKA", "WEBHOOK"]),
    default: "POLLING",
  }),
  pollInterval: defineSetting({
    environment: ["PAGERPORT_POLL_INTERVAL"],
    ocean: ["OCEAN__EVENT_LISTENER__INTERVAL"],
    isSecret: false,
    description: "seconds between questions to Port whether it wants a resync",
    parse: parseWhole({ least: 1, most: 24 * 60 * 60 }),
    default: defaultPollInterval,
  }),
  resyncOnStart: defineSetting({
    environment: ["PAGERPORT_RESYNC_ON_START"],
    ocean: ["OCEAN__EVENT_LISTENER__RESYNC_ON_START"],
    isSecret: false,
    description: "whether a server begins with a resync",
    parse: parseBoolean,
    default: true,
  }),
};
