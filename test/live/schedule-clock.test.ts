import { expect, test } from "bun:test";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const minute = 60_000;

const mapping = JSON.stringify({
  resources: [
    {
      kind: "oncalls",
      selector: { query: "true", apiQueryParams: { until: 3 } },
      port: {
        entity: {
          mappings: {
            identifier: '.user.id + "-" + (.escalation_level | tostring)',
            blueprint: '"oncall"',
          },
        },
      },
    },
  ],
});

test.each<[string, number]>([
  ["ahead of", 10 * minute],
  ["behind", -10 * minute],
])(
  "resync() by a clock %s PagerDuty's reads on-calls as far ahead as it tells of them",
  async (_name, skew) => {
    await using sandbox = await startSandbox({
      services: 3,
      incidents: 3,
      schedules: 2,
      users: 3,
      oncallHorizon: "reject",
    });
    sandbox.port.putBlueprint({
      identifier: "oncall",
      title: "On-call",
      schema: { properties: {} },
    });
    const asked: number[] = [];
    const end = sandbox.onRequest(({ path }) => {
      const until = new URL(path, sandbox.pagerDutyUrl).searchParams.get("until");
      if (path.startsWith("/oncalls") && until !== null) asked.push(Date.parse(until));
    });
    const clock = { ...testClock, now: () => testClock.now() + skew };
    const report = await resyncSandbox(sandbox, { mapping, clock });
    end();
    expect(asked.length).toBeGreaterThan(0);
    expect([report.unfinished, report.refused]).toEqual([[], []]);
    expect(sandbox.port.entities("oncall").length).toBeGreaterThan(0);
    // All but a minute of the 90 days by PagerDuty's clock.
    for (const until of asked) {
      expect(Math.abs(until - (sandbox.clock.now() + 90 * 24 * 60 * minute))).toBeLessThan(
        2 * minute,
      );
    }
  },
);
