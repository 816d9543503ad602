import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { nameDistinctly } from "../distinct-name.ts";
import { loadPath } from "./load-path.ts";
import { isFromFile, loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";
import { usesOcean } from "./ocean-variables.ts";

/** Where a run's store is; `openStore()` takes it as it is. */
export interface StoreSettings {
  readonly databaseUrl: string | undefined;
  /** The same as it is by now, where it comes from a file that may be replaced. */
  readonly readDatabaseUrl: (() => string) | undefined;
  readonly stateDir: string;
  readonly name: string;
}

/** The one folder that Ocean's container, and its chart, let be written. */
const oceanStateDir = "/tmp/ocean/pagerport";

/** Reads where the store is, and what it is called for these hosts and this integration. */
export function loadStoreSettings(sources: SettingSources, cwd: string): StoreSettings {
  const readDatabaseUrl = (): string => requireSetting("databaseUrl", sources);
  return {
    databaseUrl: loadSetting("databaseUrl", sources),
    readDatabaseUrl: isFromFile("databaseUrl", sources) ? readDatabaseUrl : undefined,
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

/**
 * The store of a shadow: one of its own beside the integration's, so that a server that writes finds neither its
 * events taken nor anything of the shadow's.
 */
export function nameShadowStore(settings: StoreSettings): StoreSettings {
  // A name has at most 61 characters, and PostgreSQL takes 63.
  return { ...settings, name: settings.name.replace(/^pagerport/, "shadow") };
}

/** What tells one store from another. Nothing in it is a secret that is replaced from time to time. */
export interface StoreIdentity {
  readonly integrationIdentifier: string;
  readonly portBaseUrl: string;
  readonly portClientId: string;
  readonly pagerDutyApiUrl: string;
}

/**
 * A name for a file or a schema: different accounts never share a store, and replicas of one integration
 * always do. It begins with a letter: PostgreSQL would want any other quoted.
 */
export function nameStore(identity: StoreIdentity): string {
  const { integrationIdentifier, portBaseUrl, portClientId, pagerDutyApiUrl } = identity;
  const parts = [
    integrationIdentifier,
    new URL(portBaseUrl).host,
    portClientId,
    new URL(pagerDutyApiUrl).host,
  ];
  return nameDistinctly("pagerport", { shown: integrationIdentifier, parts });
}
