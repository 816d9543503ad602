import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import type { DeletionJournal, JsonObject, PortClient, Store, SyncReport } from "@pagerport/core";
import { connectSandboxPagerDuty, connectSandboxPort } from "./connect-sandbox.ts";
import { resyncSandbox, type SyncOptions } from "./resync-sandbox.ts";
import { readBlueprints } from "./blueprints.ts";
import { bySize } from "./size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** A sandbox, its store, and what was deleted from its Port. */
export interface SyncSetting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly port: PortClient;
  /** Whole entities, as JSON. */
  readonly journal: DeletionJournal & { readonly lines: string[] };
  /** Brings the sandbox's PagerDuty to its Port, ten seconds after the last time. */
  sync(options?: SyncOptions): Promise<SyncReport>;
  /** Requests that wrote entities so far. */
  countWrites(): number;
}

/** Milliseconds between two resyncs by the sandbox's clock: Port tells what is new by its own. */
const betweenRuns = 10_000;

/** Starts a sandbox whose Port has blueprints, with an account of every kind. */
export async function startSyncSetting(
  options: SandboxOptions = {},
  blueprints: readonly JsonObject[] = readBlueprints(),
): Promise<SyncSetting> {
  const sandbox = await startSandbox({
    services: bySize({ short: 100, long: 1000 }),
    incidents: bySize({ short: 1000, long: 10_000 }),
    schedules: bySize({ short: 20, long: 200 }),
    users: bySize({ short: 30, long: 300 }),
    ...options,
  });
  for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  const store = await openTestStore();
  const port = connectSandboxPort(sandbox);
  const pagerDuty = connectSandboxPagerDuty(sandbox);
  const lines: string[] = [];
  const journal = {
    lines,
    append: (line: string) => void lines.push(line),
    flush: () => Promise.resolve(),
  };
  return {
    sandbox,
    store,
    port,
    journal,
    sync(given = {}) {
      sandbox.clock.advance(betweenRuns);
      const createJournal = (): DeletionJournal => journal;
      return resyncSandbox(sandbox, { pagerDuty, port, store, createJournal, ...given });
    },
    countWrites: () =>
      Object.entries(sandbox.requests.port.byRoute)
        .filter(([route]) => route.endsWith("/entities/bulk"))
        .reduce((sum, [, count]) => sum + count, 0),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

/** What became of the entities of all blueprints together. */
export function sumActions(report: SyncReport): {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
} {
  const sum = { created: 0, updated: 0, unchanged: 0, deleted: 0 };
  for (const blueprint of report.blueprints) {
    sum.created += blueprint.created;
    sum.updated += blueprint.updated;
    sum.unchanged += blueprint.unchanged;
    sum.deleted += blueprint.deleted;
  }
  return sum;
}
