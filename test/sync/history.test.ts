import { expect, test } from "bun:test";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import { bySize } from "../support/size.ts";

/** More than the 10,000 rows that PagerDuty's lists give out; in the long size, of open ones alone too. */
const incidents = bySize({ short: 12_000, long: 24_000 });

const blueprint = {
  identifier: "incident",
  title: "Incident",
  schema: { properties: { status: { type: "string" } }, required: [] },
  relations: {},
};

function writeMapping(parameters: object): string {
  return JSON.stringify({
    resources: [
      {
        kind: "incidents",
        selector: { query: "true", apiQueryParams: parameters },
        port: {
          entity: {
            mappings: {
              identifier: ".id",
              title: ".title",
              blueprint: '"incident"',
              properties: { status: ".status" },
            },
          },
        },
      },
    ],
  });
}

test.each<[string, object]>([
  ["of all time", { date_range: "all" }],
  ["since two years", { since: "2024-06-01T00:00:00Z" }],
  ["that are open", { date_range: "all", statuses: ["triggered", "acknowledged"] }],
])(
  "resync() of more incidents %s than a list gives out brings all of them to Port",
  async (_name, parameters) => {
    await using setting = await startSyncSetting(
      {
        services: 10,
        schedules: 0,
        users: 5,
        incidents,
        from: "2024-06-01T00:00:00Z",
        to: "2026-06-01T00:00:00Z",
      },
      [blueprint],
    );
    const { pagerduty, port } = setting.sandbox;
    const expected = new Map<string, string>();
    for (const { id, status } of pagerduty.allIncidents()) {
      const isReopened = expected.size % 2 === 0 && status === "resolved";
      if (isReopened) pagerduty.reopenIncident(id, "2026-06-01T00:00:00Z");
      expected.set(id, isReopened ? "triggered" : status);
    }
    if ("statuses" in parameters) {
      for (const [id, status] of expected) if (status === "resolved") expected.delete(id);
    }
    const mapping = writeMapping(parameters);
    const report = await setting.sync({ mapping });
    expect([report.unfinished, report.refused]).toEqual([[], []]);
    expect(port.entityCount).toBe(expected.size);
    const stored = port.entities("incident");
    const statuses = new Map(stored.map((one) => [one.identifier, one.properties["status"]]));
    expect([...expected].filter(([id, status]) => statuses.get(id) !== status)).toEqual([]);
    expect(sumActions(report)).toMatchObject({ created: expected.size, deleted: 0 });

    expect(sumActions(await setting.sync({ mapping }))).toEqual({
      created: 0,
      updated: 0,
      unchanged: expected.size,
      deleted: 0,
    });
  },
  bySize({ short: 60_000, long: 300_000 }),
);
