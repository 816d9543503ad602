import {
  ConfigError,
  describeError,
  hasStore,
  loadStoreSettings,
  openStore,
  type SettingSources,
  type Store,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";

/** The store of a server, or why there is none to look into. */
export type ServerStore =
  | { readonly store: Store; readonly reason?: undefined }
  | { readonly store?: undefined; readonly reason: string };

/** Opens the store that a server of the same settings has; makes none. */
export async function findServerStore(
  sources: SettingSources,
  context: CliContext,
): Promise<ServerStore> {
  try {
    const settings = loadStoreSettings(sources, context.cwd);
    if (hasStore(settings)) {
      const store = await openStore(settings);
      if (store.warning === undefined) return { store };
      // What is in memory is nobody's.
      await store[Symbol.asyncDispose]();
      return { reason: store.warning };
    }
    return {
      reason: `there is none of this integration in ${settings.stateDir}: PAGERPORT_STATE_DIR or PAGERPORT_DATABASE_URL, and the integration's settings, must be those of the server`,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { reason: describeError(error) };
  }
}

/**
 * The same for what cannot do without.
 *
 * @throws {ConfigError} where there is none
 */
export async function openServerStore(
  sources: SettingSources,
  context: CliContext,
): Promise<Store> {
  const { store, reason } = await findServerStore(sources, context);
  if (store !== undefined) return store;
  throw new ConfigError(`Cannot open the server's store: ${reason}`);
}
