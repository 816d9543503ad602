import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createMapper,
  parseMapping,
  resync,
  type ResyncOptions,
  type Store,
} from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "../support/connect-sandbox.ts";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { type SmallMapping, writeSmallMapping } from "../support/small-mapping.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const hour = 3_600_000;
/** A Monday, so that schedules hand over at known hours. */
const start = "2026-03-02T00:30:00Z";
/** Milliseconds of the sandbox that pass in each look while events are brought to Port. */
const stride = 2000;
const look = 20;

/** What a run or events made of a blueprint: `2 deleted, 1 waiting, 3 share`; `unfinished` = exit 3 for another reason. */
export type Outcome = string;

/** What is asked of a run. */
export interface RunRequest extends Pick<ResyncOptions, "type" | "agedIncidents"> {
  /** That pass before it. @default 24 */
  readonly hours?: number | undefined;
  /** Whether a person allows what it would delete. @default false */
  readonly isAllowed?: boolean | undefined;
}

/** An account whose Port was filled by a first run. */
export interface PolicyAccount extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Ids of services, in one order. */
  services(): string[];
  run(request?: RunRequest): Promise<Outcome>;
  /** Brings what PagerDuty told by events to Port. */
  settle(): Promise<Outcome>;
  /** The mapping of the runs that follow. */
  change(mapping: SmallMapping): Promise<void>;
}

export interface PolicyAccountOptions {
  readonly account: SandboxOptions;
  readonly prepare?: ((sandbox: Sandbox) => void | Promise<void>) | undefined;
  readonly mapping: SmallMapping;
  /** Of the service that follows events; undefined = none does. */
  readonly liveMapping?: SmallMapping | undefined;
  /** Whose entities are counted. */
  readonly blueprint: string;
  /** Opens the place where runs and live events remember. */
  readonly open: (options: { readonly shiftClock: () => number }) => Promise<Store>;
  /** Whether runs find what was before. */
  readonly remembers: boolean;
}

/** Starts one. */
export async function startPolicyAccount(options: PolicyAccountOptions): Promise<PolicyAccount> {
  const { blueprint, remembers, liveMapping } = options;
  const account = { now: start, users: 6, schedules: 1, incidents: 0, ...options.account };
  let mapper = createMapper(await parseMapping(writeSmallMapping(options.mapping)));
  const opened: { sandbox?: Sandbox; since: number } = { since: 0 };
  // The store goes by the sandbox's time: an event's age is what PagerDuty has told since.
  const shiftClock = (): number => {
    const { sandbox, since } = opened;
    return sandbox === undefined ? 0 : Math.max(0, sandbox.clock.now() - since);
  };
  const store = await options.open({ shiftClock });
  const setting: ServiceSetting | undefined =
    liveMapping === undefined
      ? undefined
      : await startServiceSetting(account, {
          mapping: writeSmallMapping(liveMapping),
          store,
          isTimed: true,
          listener: { type: "POLLING", interval: 1_000_000_000, resyncOnStart: false },
        });
  const sandbox = setting?.sandbox ?? (await startSandbox(account));
  opened.sandbox = sandbox;
  opened.since = sandbox.clock.now();
  if (setting === undefined) putBlueprints(sandbox);
  const clock = followSandbox(sandbox);
  const port = connectSandboxPort(sandbox, { clock });
  const pagerDuty = connectSandboxPagerDuty(sandbox, { clock });
  let isFirst = true;

  const listOwn = (): string[] =>
    [...sandbox.port.entities()].flatMap((one) =>
      one.blueprint === blueprint ? [one.identifier] : [],
    );

  const run = async (request: RunRequest = {}): Promise<Outcome> => {
    const { hours = 24, isAllowed = false, ...rest } = request;
    if (!isFirst) sandbox.clock.advance(hours * hour);
    isFirst = false;
    await using forgotten = remembers ? undefined : await openTestStore();
    const report = await resync({
      pagerDuty,
      port,
      store: forgotten ?? store,
      clock,
      mapper,
      integrationIdentifier,
      owner: "test",
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      allowDelete: isAllowed ? [blueprint] : [],
      ...rest,
    });
    const own = report.blueprints.find((one) => one.blueprint === blueprint);
    const withheld = new Map<string, number>();
    for (const { brake, entities, ...one } of report.withheld) {
      if (one.blueprint !== blueprint) continue;
      withheld.set(brake, (withheld.get(brake) ?? 0) + entities);
    }
    const isOdd = report.unfinished.length > 0 && report.withheld.length === 0;
    return tell(own?.deleted ?? 0, own?.waiting ?? 0, withheld, isOdd);
  };

  const settle = async (): Promise<Outcome> => {
    if (setting === undefined) throw new Error("No service follows events");
    const before = listOwn();
    setting.events.length = 0;
    // PagerDuty waits for an answer only so long, by its own time.
    await sandbox.webhooks.settled();
    const timer = setInterval(() => {
      const { pagerduty, port: ofPort } = sandbox.requests;
      if (pagerduty.inFlight + ofPort.inFlight === 0) sandbox.clock.advance(stride);
    }, look);
    try {
      await setting.settle();
    } finally {
      clearInterval(timer);
    }
    const after = new Set(listOwn());
    const withheld = new Map<string, number>();
    for (const event of setting.events) {
      if (event.type !== "processed" || !("withheld" in event.outcome)) continue;
      for (const { brake, entities } of event.outcome.withheld ?? []) {
        withheld.set(brake, (withheld.get(brake) ?? 0) + entities.length);
      }
    }
    const isOdd = setting.events.some((event) => event.type === "trouble");
    return tell(before.filter((one) => !after.has(one)).length, 0, withheld, isOdd);
  };

  await options.prepare?.(sandbox);
  if (setting !== undefined) await settle();
  await run();
  return {
    sandbox,
    services: () => [...sandbox.pagerduty.allServices()].map(({ id }) => id).toSorted(),
    run,
    settle,
    async change(mapping) {
      await mapper[Symbol.asyncDispose]();
      mapper = createMapper(await parseMapping(writeSmallMapping(mapping)));
    },
    async [Symbol.asyncDispose]() {
      await setting?.[Symbol.asyncDispose]();
      if (setting === undefined) await sandbox[Symbol.asyncDispose]();
      await mapper[Symbol.asyncDispose]();
    },
  };
}

function tell(
  deleted: number,
  waiting: number,
  withheld: ReadonlyMap<string, number>,
  isUnfinished: boolean,
): Outcome {
  const parts = [
    ...(deleted > 0 ? [`${deleted} deleted`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...[...withheld.keys()].toSorted().map((brake) => `${withheld.get(brake)} ${brake}`),
    ...(isUnfinished ? ["unfinished"] : []),
  ];
  return parts.join(", ");
}
