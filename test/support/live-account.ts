import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  type Clock,
  createMapper,
  judgeSync,
  parseMapping,
  resync,
  type SyncReport,
} from "@pagerport/core";
import { putBlueprints } from "./blueprints.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";
import { startServiceSetting } from "./run-service.ts";
import { followSandbox } from "./sandbox-clock.ts";
import { type Reading, readWanted, type SmallMapping, writeSmallMapping } from "./small-mapping.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** When every account begins to be lived, a Monday, so that schedules hand over at known hours. */
export const start = "2026-03-02T00:30:00Z";

const hour = 3_600_000;

/** What is done in the middle of an account's life. */
export interface LifeOptions {
  readonly account?: SandboxOptions;
  /** Changes the account before the first run. */
  readonly prepare?: (sandbox: Sandbox) => void | Promise<void>;
  readonly mapping: SmallMapping;
  readonly reading?: Reading;
  /** Hours between runs. @default 24 */
  readonly every?: number;
  /** Whether each run finds what the last one remembered. @default true */
  readonly remembers?: boolean;
  /** Whether a service follows PagerDuty's events besides. @default false */
  readonly isLive?: boolean;
  readonly agedIncidents?: "keep" | "delete";
  /** Milliseconds by which the client's clock is ahead of PagerDuty's. @default 0 */
  readonly clockAhead?: number;
}

/** What an account's life came to. */
interface Figures {
  readonly runs: number;
  /** Entities that were taken from Port while their object was there and the mapping wanted it. */
  readonly wronglyDeleted: readonly string[];
  /** In runs: how long an entity stayed that nothing wanted any more, and which. Stubs do not count. */
  readonly longestStale: number;
  readonly stalest: string;
  /** Runs that left something undone. */
  readonly exit3Runs: number;
  /** Why they did. */
  readonly reasons: readonly string[];
  /** Times that somebody allowed deletions. */
  readonly acts: number;
}

/** An account that is lived: what happens in it is brought to Port by the real code. */
export interface Life extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly figures: Figures;
  /** The ids of the services that are there. */
  readonly services: () => string[];
  /** The ids of a list. */
  readonly list: (path: string) => Promise<string[]>;
  /** Lets time pass until the next run, and runs. @param allowDelete blueprints of which somebody allows it */
  run(allowDelete?: readonly string[]): Promise<SyncReport>;
  /** The same so many times; `happen` is called before each. */
  runs(count: number, happen?: (number: number) => void | Promise<void>): Promise<void>;
  /** A run, and where it leaves something undone, somebody who allows that in another one: an act each time. */
  runAllowing(): Promise<void>;
  /** Brings what PagerDuty told by events to Port, and sees what came of it. */
  settle(): Promise<void>;
  /** Goes on with another mapping, or another account in the place of the first. */
  change(changes: {
    readonly mapping?: SmallMapping;
    readonly reading?: Reading;
    readonly connected?: Sandbox;
  }): Promise<void>;
}

/** Milliseconds of the sandbox that pass in each {@link look} while events are brought to Port. */
const stride = 2000;
const look = 5;

/** Starts to live an account, whose Port is filled by a first run. */
export async function liveAccount(options: LifeOptions): Promise<Life> {
  const { every = 24, remembers = true, isLive = false, reading: givenReading = {} } = options;
  const account: SandboxOptions = {
    now: start,
    services: 15,
    users: 12,
    schedules: 3,
    incidents: 0,
    ...options.account,
  };
  let { mapping } = options;
  let reading = givenReading;
  const text = writeSmallMapping(mapping);
  let mapper = createMapper(await parseMapping(text));
  const setting = isLive
    ? await startServiceSetting(account, {
        mapping: text,
        isTimed: true,
        listener: { type: "POLLING", interval: 1_000_000_000, resyncOnStart: false },
      })
    : undefined;
  const sandbox = setting?.sandbox ?? (await startSandbox(account));
  if (setting === undefined) putBlueprints(sandbox);
  const clock: Clock = {
    ...followSandbox(sandbox),
    now: () => sandbox.clock.now() + (options.clockAhead ?? 0),
  };
  const own = setting === undefined && remembers ? await openTestStore() : undefined;
  const kept = setting?.store ?? own;
  const port = connectSandboxPort(sandbox, { clock });
  let pagerDuty = connectSandboxPagerDuty(sandbox, { clock });

  const totals = { runs: 0, longestStale: 0, stalest: "", exit3Runs: 0, acts: 0 };
  const wrong: string[] = [];
  const reasons: string[] = [];
  const staleRuns = new Map<string, number>();
  let seen = new Set<string>();

  /** Sees what is in Port now, and what is no longer. */
  const see = async (isRun: boolean): Promise<void> => {
    const wanted = await readWanted(sandbox, mapping, reading);
    const isWanted = (blueprint: string, identifier: string): boolean =>
      wanted.get(blueprint)?.has(identifier) === true;
    const now = new Set<string>();
    for (const { blueprint, identifier, properties } of sandbox.port.entities()) {
      const isStub = properties["status"] === "deleted";
      const name = `${blueprint} ${identifier}`;
      if (!isStub) now.add(name);
      // A stub of what is there is as bad as nothing.
      // Nor is it ours to judge what the mapping does not read.
      const isFed = wanted.has(blueprint);
      if (isStub || !isFed || isWanted(blueprint, identifier)) staleRuns.delete(name);
      else if (isRun) staleRuns.set(name, (staleRuns.get(name) ?? 0) + 1);
    }
    for (const name of seen) {
      const [blueprint = "", ...rest] = name.split(" ");
      if (now.has(name)) continue;
      staleRuns.delete(name);
      if (isWanted(blueprint, rest.join(" "))) wrong.push(name);
    }
    seen = now;
    for (const [name, runs] of staleRuns) {
      if (runs <= totals.longestStale) continue;
      totals.longestStale = runs;
      totals.stalest = name;
    }
  };

  const settle = async (): Promise<void> => {
    if (setting === undefined) return;
    const timer = setInterval(() => {
      // Nobody is to wait for an answer while hours pass.
      const { pagerduty, port: ofPort } = sandbox.requests;
      if (pagerduty.inFlight + ofPort.inFlight === 0) setting.pass(stride);
    }, look);
    try {
      await setting.settle();
    } finally {
      clearInterval(timer);
    }
    await see(false);
  };

  const run = async (allowDelete: readonly string[] = []): Promise<SyncReport> => {
    await settle();
    if (totals.runs > 0) sandbox.clock.advance(every * hour);
    await settle();
    await using forgotten = kept === undefined ? await openTestStore() : undefined;
    const store = kept ?? forgotten;
    if (store === undefined) throw new Error("There is one or the other");
    const report = await resync({
      pagerDuty,
      port,
      store,
      clock,
      mapper,
      integrationIdentifier,
      owner: "test",
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      agedIncidents: options.agedIncidents ?? "keep",
      allowDelete,
    });
    totals.runs += 1;
    if (judgeSync(report) !== "done") {
      totals.exit3Runs += 1;
      reasons.push(`run ${totals.runs}: ${report.unfinished.join("; ")}`);
    }
    await see(true);
    return report;
  };

  await options.prepare?.(sandbox);
  await run();
  return {
    sandbox,
    get figures() {
      return { ...totals, wronglyDeleted: wrong, reasons };
    },
    services: () => [...sandbox.pagerduty.allServices()].map(({ id }) => id),
    list: async (path) => (await sandbox.pagerduty.list(path)).map(({ id }) => String(id)),
    run,
    async runs(count, happen) {
      for (let number = 0; number < count; number++) {
        await happen?.(number);
        await run();
      }
    },
    async runAllowing() {
      const report = await run();
      if (judgeSync(report) === "done") return;
      const held = report.blueprints.filter(({ withheld }) => withheld > 0);
      totals.acts += 1;
      // What is held before anything of it was written has no count: then all that was read is meant.
      const allowed = held.length > 0 ? held : report.blueprints;
      await run(allowed.map(({ blueprint }) => blueprint));
    },
    settle,
    async change(changes) {
      mapping = changes.mapping ?? mapping;
      reading = changes.reading ?? reading;
      if (changes.connected !== undefined) {
        pagerDuty = connectSandboxPagerDuty(changes.connected, { clock });
      }
      await mapper[Symbol.asyncDispose]();
      mapper = createMapper(await parseMapping(writeSmallMapping(mapping)));
    },
    async [Symbol.asyncDispose]() {
      await setting?.[Symbol.asyncDispose]();
      if (setting === undefined) await sandbox[Symbol.asyncDispose]();
      await mapper[Symbol.asyncDispose]();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** What an account's life may come to. */
export interface Limits {
  /** @default 0 */
  readonly wronglyDeleted?: number;
  /** In runs. @default 2 */
  readonly longestStale?: number;
  /** @default 0 */
  readonly exit3Runs?: number;
  /** @default 0 */
  readonly acts?: number;
}

/** What is more than it may be, in words; nothing where all is well. */
export function findExcess({ figures }: Pick<Life, "figures">, limits: Limits = {}): string[] {
  const { wronglyDeleted: wrong, longestStale, stalest, exit3Runs, acts, runs } = figures;
  const excess: string[] = [];
  if (wrong.length > (limits.wronglyDeleted ?? 0)) {
    excess.push(`${wrong.length} wrongly deleted: ${wrong.slice(0, 5).join(", ")}`);
  }
  if (longestStale > (limits.longestStale ?? 2)) {
    excess.push(`${longestStale} of ${runs} runs stale: ${stalest}`);
  }
  if (exit3Runs > (limits.exit3Runs ?? 0)) {
    excess.push(
      `${exit3Runs} of ${runs} runs unfinished: ${figures.reasons.slice(0, 2).join("; ")}`,
    );
  }
  if (acts > (limits.acts ?? 0)) excess.push(`${acts} acts`);
  return excess;
}
