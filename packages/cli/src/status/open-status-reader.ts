import {
  ConfigError,
  createFilePins,
  createPostgresPins,
  describeError,
  describeStoreFault,
  probeStore,
  describePortStatus,
  hasStore,
  loadExpectedHosts,
  loadPortSettings,
  loadSetting,
  loadStoreSettings,
  openStore,
  readIntegration,
  readStatus,
  requireSetting,
  type SettingSources,
  type StatusReport,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { connectServer } from "../open-operations.ts";
import { openPort } from "../open-run.ts";

/** Where a status is read from, again and again. */
export interface StatusReader {
  readonly read: () => Promise<StatusReport>;
  readonly close: () => Promise<void>;
}

/** Nothing that could tell is reached: not a matter of how it was called. */
export class Unreachable extends ConfigError {
  override name = "Unreachable";
}

/**
 * Opens what can tell: the server that is named, else the store of these settings, else Port.
 *
 * @throws {ConfigError} where the settings name none of them
 * @throws {Unreachable} where the store is there and does not answer
 */
export async function openStatusReader(
  { sources }: { readonly sources: SettingSources },
  context: CliContext,
): Promise<StatusReader> {
  const close = (): Promise<void> => Promise.resolve();
  if (loadSetting("serverUrl", sources) !== undefined) {
    const { operations } = connectServer(sources, context);
    return { read: () => operations.status(), close };
  }
  const settings = loadStoreSettings(sources, context.cwd);
  if (hasStore(settings)) return openStoreReader(sources, context);
  return { read: createPortReader(sources, context), close };
}

async function openStoreReader(
  sources: SettingSources,
  { cwd }: CliContext,
): Promise<StatusReader> {
  const settings = loadStoreSettings(sources, cwd);
  const integrationIdentifier = requireSetting("integrationIdentifier", sources);
  const expected = loadExpectedHosts(sources);
  const store = await openOrFail(settings);
  if (store.warning !== undefined) {
    // What is in memory is nobody's.
    await store[Symbol.asyncDispose]();
    throw new Unreachable(`Cannot open the server's store: ${store.warning}`);
  }
  const { databaseUrl, stateDir } = settings;
  const pins =
    databaseUrl === undefined
      ? createFilePins({ stateDir, integrationIdentifier })
      : createPostgresPins({ sql: store.sql, integrationIdentifier });
  return {
    async read() {
      try {
        // One that only answers is of no use to a server.
        await probeStore(store.sql);
        return await readStatus({ store, integrationIdentifier, pins, expected });
      } catch (error) {
        const fault = describeStoreFault(error);
        const message =
          fault ?? `The store ${store.place} does not answer: ${describeError(error)}`;
        throw new Unreachable(message, { cause: error });
      }
    },
    close: async () => store[Symbol.asyncDispose](),
  };
}

async function openOrFail(
  settings: ReturnType<typeof loadStoreSettings>,
): ReturnType<typeof openStore> {
  try {
    return await openStore(settings);
  } catch (error) {
    throw new Unreachable(describeError(error), { cause: error });
  }
}

/** Asks Port, as nothing else is there. @throws {ConfigError} where its credentials are not set either */
function createPortReader(
  sources: SettingSources,
  context: CliContext,
): () => Promise<StatusReport> {
  const { integrationIdentifier } = loadPortSettings(sources);
  const port = openPort(sources, context);
  return async () => {
    const { signal, clock } = context;
    const integration = await readIntegration(port, { integrationIdentifier, signal });
    if (integration === undefined) {
      throw new ConfigError(
        `Port has no integration ${integrationIdentifier}, and there is no store of it here: name a server with --url, or set what the server has (PAGERPORT_STATE_DIR or PAGERPORT_DATABASE_URL)`,
        { setting: "OCEAN__INTEGRATION__IDENTIFIER" },
      );
    }
    const { resyncState: resyncs } = integration;
    return describePortStatus({ integrationIdentifier, resyncs, now: clock.now() });
  };
}
