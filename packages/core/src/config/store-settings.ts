import { createHash } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { loadPath } from "./load-path.ts";
import { loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";
import { usesOcean } from "./ocean-variables.ts";

/** Where a run's store is; `openStore()` takes it as it is. */
export interface StoreSettings {
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  readonly name: string;
}

/** The one folder that Ocean's container, and its chart, let be written. */
const oceanStateDir = "/tmp/ocean/pagerport";

/** Reads where the store is, and what it is called for these hosts and this integration. */
export function loadStoreSettings(sources: SettingSources, cwd: string): StoreSettings {
  return {
    databaseUrl: loadSetting("databaseUrl", sources),
    stateDir: findStateDir(sources, cwd),
    name: nameStore({
      integrationIdentifier: requireSetting("integrationIdentifier", sources),
      portBaseUrl: requireSetting("portBaseUrl", sources),
      portClientId: requireSetting("portClientId", sources),
      pagerDutyApiUrl: requireSetting("pagerDutyApiUrl", sources),
    }),
  };
}

/**
 * The folder of what is remembered between runs.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function findStateDir(sources: SettingSources, cwd: string): string {
  const given = loadPath("stateDir", sources, cwd);
  if (given !== undefined) return given;
  const { environment } = sources;
  if (usesOcean(environment)) return oceanStateDir;
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = environment;
  // The specification has relative ones ignored.
  const base = isAbsolute(state) ? state : join(home || findHome(), ".local", "state");
  return join(base, "pagerport");
}

/** In containers a process may run as a user that the system does not know. */
function findHome(): string {
  try {
    return homedir();
  } catch {
    return tmpdir();
  }
}

/** What tells one store from another. Nothing in it is a secret that is replaced from time to time. */
export interface StoreIdentity {
  readonly integrationIdentifier: string;
  readonly portBaseUrl: string;
  readonly portClientId: string;
  readonly pagerDutyApiUrl: string;
}

/** Characters of the identifier that a store's name shows: in all it may have 63, as PostgreSQL's do. */
const shownCharacters = 40;
const digestCharacters = 10;

/**
 * A name for a file or a schema (`[a-z0-9_]`, at most 61 characters): different accounts never share a
 * store, and replicas of one integration always do.
 */
export function nameStore(identity: StoreIdentity): string {
  const { integrationIdentifier, portBaseUrl, portClientId, pagerDutyApiUrl } = identity;
  const parts = [
    integrationIdentifier,
    new URL(portBaseUrl).host,
    portClientId,
    new URL(pagerDutyApiUrl).host,
  ];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const shown = integrationIdentifier
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, shownCharacters)
    .replaceAll(/^_+|_+$/g, "");
  // Never empty at the front, nor a digit: PostgreSQL would want it quoted.
  return ["pagerport", shown, digest.slice(0, digestCharacters)].filter(Boolean).join("_");
}
