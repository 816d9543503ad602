import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { JsonObject, PagerDutyClient } from "@pagerport/core";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";

const properties = {
  id: { type: "string" },
  version: { type: "string" },
  both: { type: "string" },
  field: { type: "string" },
  large: { type: "number" },
  rate: { type: "number" },
  hundred: { type: "number" },
};
const blueprints: readonly JsonObject[] = [
  { identifier: "odd_target", title: "Target", schema: { properties: {}, required: [] } },
  {
    identifier: "odd",
    title: "Odd",
    schema: { properties, required: [] },
    relations: { target: { title: "Target", target: "odd_target", many: false, required: false } },
  },
];

/** `both` is jq's to evaluate, the others are evaluated natively. */
const mapping = `
resources:
  - kind: services
    selector: { query: "true", includeCustomFields: true }
    port: { entity: { mappings: {
      identifier: .id, title: .odd.version, blueprint: '"odd"',
      properties: {
        id: .odd.id | tostring, version: '"\\(.odd.version)"', large: .odd.id, rate: .odd.rate,
        hundred: .odd.hundred, field: '[.__custom_fields[].value | numbers] | first | tostring',
        both: '[.odd.id, .odd.version, .odd.hundred] | map(tostring) | join(" ") | sub("x"; "y")' },
      relations: { target: .odd.id } } } }
`;

/** PagerDuty, in whose objects numbers of other sorts are, in the text that it sends. */
function connectOdd(sandbox: Sandbox): PagerDutyClient {
  const change = (text: string): string =>
    text
      .replaceAll(
        /"id":"(\w+)","name"/g,
        '"odd":{"id":4907012345678901234,"version":1.10,"rate":0.50,"hundred":1e2},"id":"$1","name"',
      )
      .replaceAll(/"value":(?:"[^"]*"|null|-?\d+)(?=[,}])/g, '"value":12345678901234567890.50');
  const fetch = async (
    ...[input, init]: Parameters<typeof globalThis.fetch>
  ): Promise<Response> => {
    const answer = await globalThis.fetch(input, init);
    const path = new URL(input instanceof Request ? input.url : input).pathname;
    const { status, headers } = answer;
    const isChanged = path === "/services" || path.endsWith("/custom_fields/values");
    const text = await answer.text();
    return new Response(isChanged ? change(text) : text, { status, headers });
  };
  return connectSandboxPagerDuty(sandbox, { fetch: fetch as typeof globalThis.fetch });
}

test.each(databaseSorts)(
  "resync() gives Port numbers as they were written, and writes nothing twice (%s)",
  async (_sort, create) => {
    await using database = await create();
    await using setting = await startSyncSetting(
      { services: 5, incidents: 0, schedules: 0, users: 1 },
      blueprints,
    );
    const { sandbox } = setting;
    const store = await database.open({ shiftClock: () => testShift });
    const sync = (): ReturnType<typeof setting.sync> =>
      setting.sync({ mapping, store, pagerDuty: connectOdd(sandbox) });
    const report = await sync();
    expect(report.unfinished).toEqual([]);
    const [one] = sandbox.port.entities("odd");
    expect(one).toMatchObject({
      title: "1.10",
      properties: {
        id: "4907012345678901234",
        version: "1.10",
        both: "4907012345678901234 1.10 1E+2",
        field: "12345678901234567890.50",
        // Port holds doubles.
        large: Number("4907012345678901234"),
        rate: 0.5,
        hundred: 100,
      },
      relations: { target: "4907012345678901234" },
    });
    const writes = setting.countWrites();
    for (const type of ["full", "full", "delta"] as const) {
      const again = await setting.sync({ mapping, store, type, pagerDuty: connectOdd(sandbox) });
      expect(sumActions(again)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    }
    expect(setting.countWrites()).toBe(writes);
  },
);
