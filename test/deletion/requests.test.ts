import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { putBlueprints } from "../support/blueprints.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { sumActions } from "../support/run-sync.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** Requests of one run. */
interface Requests {
  readonly pagerduty: number;
  readonly port: number;
}

interface MeasuredAccount {
  readonly options: SandboxOptions;
  readonly full: Requests;
  readonly delta: Requests;
}

/** Figures of release 0.1.0: requests of a second, unchanged run by the default mapping. */
const figuresOf010: readonly MeasuredAccount[] = [
  {
    options: { services: 4, incidents: 40, users: 6, schedules: 2 },
    full: { pagerduty: 11, port: 3 },
    delta: { pagerduty: 11, port: 3 },
  },
  {
    options: { services: 15, incidents: 300, users: 10, schedules: 8 },
    full: { pagerduty: 14, port: 3 },
    delta: { pagerduty: 11, port: 3 },
  },
  {
    options: { services: 200, incidents: 2000, users: 60, schedules: 30 },
    full: { pagerduty: 40, port: 3 },
    delta: { pagerduty: 24, port: 3 },
  },
  ...bySize<readonly MeasuredAccount[]>({
    short: [],
    long: [
      {
        options: { services: 800, incidents: 20_000, users: 240, schedules: 100 },
        full: { pagerduty: 258, port: 7 },
        delta: { pagerduty: 97, port: 7 },
      },
    ],
  }),
];

/** When incidents began and end, and what time it is then. */
const times = {
  from: "2026-03-16T00:00:00Z",
  to: "2026-04-14T00:00:00Z",
  now: "2026-04-14T12:00:00Z",
} satisfies SandboxOptions;
/** Milliseconds between two runs. */
const betweenRuns = 10_000;

/** What a run may ask more than 0.1.0 did: so many requests, and of `many` on so large a share. */
const mostMore = { requests: 5, many: 200, share: 0.03 };

function allowFor(figure: number): number {
  return (
    figure + (figure < mostMore.many ? mostMore.requests : Math.floor(figure * mostMore.share))
  );
}

/** One object asked for by its id: counted apart, since an unchanged account needs none of them. */
const readById = /^GET \/(v3\/)?\w+\/:id$/;

function countRequests({ requests }: Sandbox): Requests {
  const single = Object.entries(requests.pagerduty.byRoute)
    .filter(([route]) => readById.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
  return { pagerduty: requests.pagerduty.total - single, port: requests.port.total };
}

for (const { options, ...figures } of figuresOf010) {
  test(`resync() of ${options.services} unchanged services asks hardly more than 0.1.0 did`, async () => {
    await using sandbox = await startSandbox({ ...options, ...times });
    putBlueprints(sandbox);
    await using store = await openTestStore();
    const clock = followSandbox(sandbox);
    const run = async (type: "full" | "delta") => {
      sandbox.clock.advance(betweenRuns);
      const before = countRequests(sandbox);
      const report = await resyncSandbox(sandbox, { store, clock, type });
      expect(report.unfinished).toEqual([]);
      const { pagerduty, port } = countRequests(sandbox);
      const asked = { pagerduty: pagerduty - before.pagerduty, port: port - before.port };
      return { asked, actions: sumActions(report) };
    };
    await run("full");
    for (const type of ["full", "delta"] as const) {
      const { asked, actions } = await run(type);
      expect(actions).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      expect(asked.pagerduty).toBeLessThanOrEqual(allowFor(figures[type].pagerduty));
      expect(asked.port).toBeLessThanOrEqual(allowFor(figures[type].port));
    }
  });
}
