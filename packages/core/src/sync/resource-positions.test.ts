import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import type { Incident } from "../source/objects.ts";
import type { SourceResource } from "../source/selection.ts";
import type { SourcePage } from "../source/source.ts";
import type { ImportRun } from "../store/import-state.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import { openSource } from "./open-source.ts";
import { advancePositions, skipDealtWith } from "./resource-positions.ts";

const day = 24 * 3600 * 1000;
const until = Date.UTC(2026, 0, 1);
const since = until - 900 * day;

type Parameters = object;

/** Of the same listing, of other listings, with and without filters. */
const anyResources = fc.array(
  fc.constantFrom<Parameters>(
    { statuses: ["triggered", "acknowledged"] },
    { statuses: ["resolved"] },
    {},
    { include: ["assignees"], urgencies: ["high"] },
    { date_range: "all", include: ["assignees"] },
  ),
  { minLength: 1, maxLength: 3 },
);

/** Several in one second, also in one at which windows meet. */
const anyIncident = fc.record({
  created_at: fc
    .oneof(fc.integer({ min: 0, max: 899 }), fc.constantFrom(0, 180, 360))
    .map((days) => new Date(since + days * day).toISOString()),
  status: fc.constantFrom("triggered", "resolved"),
  urgency: fc.constantFrom("high", "low"),
});

function createRun(): ImportRun {
  const counts = { fetched: 0, delivered: 0, failed: 0 };
  return {
    number: 1,
    phase: "incidents",
    since,
    until,
    position: since,
    expected: 0,
    outputLength: 0,
    refusedLength: 0,
    counts: { services: { ...counts }, incidents: { ...counts } },
    problems: [],
  };
}

/** Reads on from where a run stands, and stops after some pages. */
async function readSome(
  host: ScriptedPagerDuty,
  run: ImportRun,
  parameters: readonly Parameters[],
  most: number,
): Promise<SourcePage[]> {
  const source = openSource({
    client: host,
    clock: new FakeClock(until),
    cache: createMemoryCache(),
  });
  const positions = structuredClone(run.positions ?? {});
  const resources = parameters.map((apiQueryParams, index): SourceResource => {
    const range = { since: positions[index]?.until ?? since, until };
    return { index, selection: { kind: "incidents", selector: { apiQueryParams } }, range };
  });
  const pages: SourcePage[] = [];
  for await (const item of source.pages(resources)) {
    if (item.type === "end" || pages.length === most) break;
    const page = skipDealtWith(item, positions);
    pages.push(page);
    advancePositions(run, page);
  }
  return pages;
}

test("advancePositions() lets a reading that was stopped go on: each object once for each resource", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyResources,
      fc.array(anyIncident, { maxLength: 60 }),
      fc.boolean(),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      async (parameters, fields, isUntilInclusive, stops) => {
        const host = new ScriptedPagerDuty({ date: until, isUntilInclusive, pageSize: 7 });
        host.incidents = fields.map((given, place): Incident => ({
          id: `Q${place}`,
          incident_number: place + 1,
          ...given,
        }));
        const told = (pages: readonly SourcePage[]): string[] =>
          pages
            .flatMap(({ entries }) =>
              entries.flatMap(({ object, resources }) =>
                resources.map((index) => `${index} ${String(object["id"])}`),
              ),
            )
            .toSorted();
        const whole = await readSome(host, createRun(), parameters, Infinity);

        const run = createRun();
        const parts: SourcePage[] = [];
        for (const most of [...stops, Infinity]) {
          parts.push(...(await readSome(host, run, parameters, most)));
        }
        expect(told(parts)).toEqual(told(whole));
      },
    ),
    { numRuns: caseCount(100) },
  );
});
