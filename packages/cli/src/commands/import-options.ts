import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import {
  ConfigError,
  describeError,
  findNearestName,
  type ImportFingerprint,
  type ImportKind,
  gatherMistakes,
  loadPagerDutySettings,
  isFromFile,
  loadSetting,
  type PagerDutySettings,
  parseTime,
  rateBudgets,
  requireSetting,
  type SettingSources,
} from "@pagerport/core";
import type { NewAccountFlag } from "../check-hosts.ts";
import type { CliContext } from "../context.ts";
import { type HostFlags, loadRunSources } from "../run-options.ts";

/** The flags of `import` as commander gives them. */
export interface ImportFlags extends HostFlags, NewAccountFlag {
  readonly output: string;
  readonly kinds?: string;
  readonly since?: string;
  readonly until?: string;
  readonly fresh?: true;
  readonly port: boolean;
  readonly to?: string;
  readonly mapping?: string;
  readonly takeOver?: readonly string[];
  readonly sandbox?: true;
  readonly estimate?: true;
  readonly json?: true;
}

/** Where an import reads and posts. */
export interface ImportHosts extends PagerDutySettings {
  /** Undefined where nothing is posted. */
  readonly portUrl: string | undefined;
  readonly portSecret: string | undefined;
  /** The secret as it is by now. */
  readonly readPortSecret: (() => string | undefined) | undefined;
  /** Whose PagerDuty account it must be; undefined = anybody's. */
  readonly expectAccount: string | undefined;
}

const knownKinds: readonly ImportKind[] = ["services", "incidents"];

/** What the flags and settings of one import come to. */
export interface ImportPlan {
  readonly kinds: readonly ImportKind[];
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Absolute path; undefined = stdout. */
  readonly output: string | undefined;
}

/**
 * Checks everything that can be checked before a request is sent.
 *
 * @throws {ConfigError} naming the flag or setting
 */
export function planImport(flags: ImportFlags, context: CliContext): ImportPlan {
  const since = parseFlag("--since", flags.since);
  const until = parseFlag("--until", flags.until);
  if (since !== undefined && until !== undefined && since >= until) {
    throw new ConfigError(
      `--since must be before --until: ${flags.since} is not before ${flags.until}`,
      {
        setting: "--since",
      },
    );
  }
  checkTarget(flags);
  if (flags.output === "-" && flags.json === true && flags.estimate !== true) {
    throw new ConfigError("--output - and --json cannot be used together: both print on stdout", {
      setting: "--json",
    });
  }
  if (flags.output === "" || isFolder(resolve(context.cwd, flags.output))) {
    throw new ConfigError(
      `--output must be the name of a file, or - for stdout: current value is '${flags.output}'`,
      { setting: "--output" },
    );
  }
  return {
    kinds: parseKinds(flags.kinds),
    since,
    until,
    output: flags.output === "-" ? undefined : resolve(context.cwd, flags.output),
  };
}

/** The file that the objects go to where none is named. */
export const defaultOutput = "output.json";

/** What `--to` may be: Port's API, or a webhook URL of Port. */
const targets = new Set(["port", "webhook"]);

function checkTarget(flags: ImportFlags): void {
  const { to = "webhook", mapping, newAccount, output, port, takeOver } = flags;
  if (!targets.has(to)) {
    throw new ConfigError(
      `--to must be port (its API, through a mapping) or webhook (PORT_URL): current value is '${to}'`,
      { setting: "--to" },
    );
  }
  if (to === "webhook" && mapping !== undefined) {
    throw new ConfigError("--mapping goes with --to port: a webhook in Port has a mapping itself", {
      setting: "--mapping",
    });
  }
  if (to === "webhook" && newAccount !== undefined) {
    throw new ConfigError(
      "--new-account goes with --to port: a webhook in Port does not tell whose it is",
      { setting: "--new-account" },
    );
  }
  if (to === "webhook" && takeOver !== undefined) {
    throw new ConfigError("--take-over goes with --to port: a webhook knows no integrations", {
      setting: "--take-over",
    });
  }
  if (to === "port" && output !== defaultOutput) {
    throw new ConfigError("--output does not go with --to port, which writes to Port alone", {
      setting: "--output",
    });
  }
  if (to === "port" && !port) {
    throw new ConfigError("--no-port does not go with --to port", { setting: "--no-port" });
  }
}

/** Reads the settings of the two hosts. */
export function loadHosts(flags: ImportFlags, context: CliContext): ImportHosts {
  const sources = loadRunSources(flags, context);
  const { pagerDuty, ...port } = gatherMistakes({
    pagerDuty: () => loadPagerDutySettings(sources, rateBudgets.import),
    portUrl: () => findPortUrl(flags, sources),
    portSecret: () => loadSetting("portWebhookSecret", sources),
    expectAccount: () => loadSetting("expectAccount", sources),
  });
  const readSecret = (): string | undefined => loadSetting("portWebhookSecret", sources);
  const readPortSecret = isFromFile("portWebhookSecret", sources) ? readSecret : undefined;
  return { ...pagerDuty, ...port, readPortSecret };
}

/** What this import is known by in its progress file. */
export function identifyImport(
  flags: ImportFlags,
  plan: ImportPlan,
  hosts: Pick<ImportHosts, "apiUrl" | "portUrl">,
): ImportFingerprint {
  const digest = (text: string): string =>
    createHash("sha256").update(text).digest("hex").slice(0, 16);
  return {
    apiUrl: flags.sandbox === true ? "sandbox" : hosts.apiUrl,
    portUrl: hosts.portUrl === undefined || flags.sandbox === true ? "" : digest(hosts.portUrl),
    kinds: plan.kinds.join(","),
    since: flags.since ?? "",
    until: flags.until ?? "",
    isInvented: flags.sandbox === true,
  };
}

/** Where to post; an estimate does not need to know, but checks what it is given. */
function findPortUrl(flags: ImportFlags, sources: SettingSources): string | undefined {
  if (!flags.port) return undefined;
  if (flags.estimate === true) return loadSetting("portUrl", sources);
  try {
    return requireSetting("portUrl", sources);
  } catch (error) {
    throw new ConfigError(
      `${describeError(error)}. With --no-port the objects are only written to the output file`,
      { setting: "PORT_URL", cause: error },
    );
  }
}

function parseFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseTime(text);
  } catch (error) {
    throw new ConfigError(`${flag} ${describeError(error)}: current value is '${text}'`, {
      setting: flag,
      cause: error,
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function parseKinds(text: string | undefined): readonly ImportKind[] {
  if (text === undefined) return knownKinds;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if ((knownKinds as readonly string[]).includes(name)) continue;
    const nearest = findNearestName(name, knownKinds);
    const hint = nearest === undefined ? "" : `. Did you mean ${nearest}?`;
    throw new ConfigError(
      `--kinds: there is no kind '${name}' to import; there are ${knownKinds.join(" and ")}${hint}`,
      { setting: "--kinds" },
    );
  }
  // Always in the order of delivery, however they were named.
  return knownKinds.filter((kind) => names.includes(kind));
}
