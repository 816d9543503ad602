import {
  ConfigError,
  gatherMistakes,
  loadServerSettings,
  nameShadowStore,
  rateBudgets,
  type ServerSettings,
  type SettingSources,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { loadRunSettings, type RunSettings } from "../open-run.ts";

/** Everything that `serve` goes by, checked. */
export interface ServeSettings {
  readonly sources: SettingSources;
  readonly run: RunSettings;
  readonly server: ServerSettings;
  /** Whether to end where no webhook can come. */
  readonly requiresWebhook: boolean;
  /** Whether what is not signed is taken too: for tests only. */
  readonly acceptsUnsigned: boolean;
}

/**
 * Checks every setting of a server.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadServeSettings(
  sources: SettingSources,
  flags: Pick<ServeSettings, "requiresWebhook" | "acceptsUnsigned">,
  context: CliContext,
): ServeSettings {
  const loaded = gatherMistakes({
    run: () => loadRunSettings({ sources, rateBudget: rateBudgets.sync }, context),
    server: () => loadServerSettings(sources),
  });
  const { run, server } = loaded;
  if (!server.shadow) return { ...loaded, ...flags, sources };
  if (server.listener.type === "ONCE") {
    throw new ConfigError(
      "A shadow goes on until it is told to end, and the event listener ONCE is one resync that writes: leave one of them out. What one resync would write: pagerport sync --dry-run",
      { setting: "--shadow" },
    );
  }
  return { run: { ...run, store: nameShadowStore(run.store) }, server, ...flags, sources };
}
