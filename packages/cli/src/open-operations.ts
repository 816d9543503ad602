import {
  type ApiOperations,
  ConfigError,
  createApiClient,
  isLoopback,
  loadSetting,
  requireSetting,
  type SettingName,
  type SettingSources,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import { loadSources } from "./load-config.ts";
import { createSettingOption } from "./ui/help.ts";

/** The flags of a command that may ask a server, as commander gives them. */
export interface ServerFlags {
  readonly url?: string;
  readonly config?: string;
}

/** What such a command is set up with, besides its flags. */
export const serverSettingNames: readonly SettingName[] = ["apiToken"];

/** Adds `--url` to a command. */
export function addServerOption(command: Command): Command {
  return command.addOption(createSettingOption("serverUrl", "--url <url>"));
}

/** Operations, and what closes what they are of. */
export interface OpenedOperations extends AsyncDisposable {
  readonly operations: ApiOperations;
  /** The server's address, or the store's place, for a person. */
  readonly place: string;
}

export interface OpenOperationsOptions {
  /** More of where settings come from: flags of the command's own. */
  readonly more?: Partial<Record<SettingName, string>> | undefined;
  /** Opens those of a store, where no server is named; without it a server must be. */
  readonly openStore?: ((sources: SettingSources) => Promise<OpenedOperations>) | undefined;
}

/**
 * Opens what a person may see and decide: of the server that `--url` or `PAGERPORT_URL` names, else of the
 * store.
 *
 * @throws {ConfigError} where neither is named, or one is wrong
 */
export async function openOperations(
  flags: ServerFlags,
  context: CliContext,
  { more = {}, openStore }: OpenOperationsOptions = {},
): Promise<OpenedOperations> {
  const given = flags.url === undefined ? more : { ...more, serverUrl: flags.url };
  const sources = loadSources(context, { config: flags.config, flags: given });
  if (loadSetting("serverUrl", sources) !== undefined) return connectServer(sources, context);
  if (openStore !== undefined) return openStore(sources);
  throw new ConfigError("PAGERPORT_URL is not set: the API of the server to ask, or give --url", {
    setting: "PAGERPORT_URL",
  });
}

/**
 * Connects the server that the settings name; nothing is sent.
 *
 * @throws {ConfigError} where they name none
 */
export function connectServer(
  sources: SettingSources,
  { signal, stderr }: Pick<CliContext, "signal" | "stderr">,
): OpenedOperations {
  const url = requireSetting("serverUrl", sources);
  const token = loadSetting("apiToken", sources);
  const { protocol, hostname } = new URL(url);
  if (
    token !== undefined &&
    protocol === "http:" &&
    !isLoopback(hostname.replace(/^\[|\]$/g, ""))
  ) {
    stderr.write(
      `warning: PAGERPORT_API_TOKEN is sent to ${hostname} unencrypted: whoever is on the way can read it\n`,
    );
  }
  return {
    operations: createApiClient({ url, token, signal }),
    place: url,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The operations of the server that flags or settings name; undefined where they name none. */
export function findServer(flags: ServerFlags, context: CliContext): ApiOperations | undefined {
  const { url, config } = flags;
  const given = url === undefined ? {} : { serverUrl: url };
  const sources = loadSources(context, { config, flags: given });
  return loadSetting("serverUrl", sources) === undefined
    ? undefined
    : connectServer(sources, context).operations;
}
