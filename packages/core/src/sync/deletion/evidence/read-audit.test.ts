import { expect, test } from "bun:test";
import type { KindName } from "../../../source/kinds.ts";
import type { Query } from "../../../source/pagerduty-client.ts";
import { failureOf } from "../../../testing/failure-of.ts";
import {
  refuse,
  ScriptedPagerDuty,
  type ScriptedOptions,
} from "../../../testing/scripted-pagerduty.ts";
import { readAudit } from "./read-audit.ts";

const path = "/audit/records";
const until = Date.parse("2026-03-02T09:00:00Z");
const hour = 3_600_000;

function recordOf(id: string, action = "delete"): object {
  return { id: `R${id}`, action, root_resource: { id, type: "service_reference" } };
}

/** An audit trail whose pages follow each other by cursors `1`, `2` … */
function createTrail(pages: readonly object[], options: ScriptedOptions = {}): ScriptedPagerDuty {
  const pagerDuty: ScriptedPagerDuty = new ScriptedPagerDuty({
    ...options,
    onRequest: (_, query) => {
      const at = Number(new Map(query).get("cursor") ?? 0);
      const next = at + 1 < pages.length ? String(at + 1) : null;
      pagerDuty.answers[path] = { records: pages[at], next_cursor: next, limit: 100 };
    },
  });
  return pagerDuty;
}

function read(client: ScriptedPagerDuty, since = until - hour, kind: KindName = "services") {
  return readAudit(client, { kind, since, until });
}

function valuesOf(pagerDuty: ScriptedPagerDuty, name: string): unknown[] {
  const queries: readonly Query[] = pagerDuty.requests.map(({ query }) => query);
  return queries.map((query) => new Map(query).get(name));
}

test("readAudit() reads on by cursor, and takes deletions only", async () => {
  const odd = [null, 7, { action: "delete" }, { action: "delete", root_resource: { id: 4 } }];
  const trail = createTrail([
    [recordOf("P1"), recordOf("P2", "update")],
    [...odd, recordOf("P3")],
  ]);
  expect(await read(trail)).toEqual(new Set(["P1", "P3"]));
  expect(valuesOf(trail, "cursor")).toEqual([undefined, "1"]);
  expect(valuesOf(trail, "actions[]")).toEqual(["delete", "delete"]);
  expect(valuesOf(trail, "root_resource_types[]")).toEqual(["services", "services"]);
  expect(valuesOf(trail, "since")).toEqual(Array(2).fill("2026-03-02T08:00:00Z"));
  expect(valuesOf(trail, "until")).toEqual(Array(2).fill("2026-03-02T09:00:00Z"));
});

test("readAudit() asks for at most 31 days, and for ten pages", async () => {
  const trail = createTrail(Array.from({ length: 30 }, (_, page) => [recordOf(`P${page}`)]));
  expect((await read(trail, 0)).size).toBe(10);
  expect(trail.requests).toHaveLength(10);
  const [since] = valuesOf(trail, "since");
  const span = until - Date.parse(String(since));
  expect(span).toBeGreaterThan(30 * 24 * hour);
  expect(span).toBeLessThan(31 * 24 * hour);
});

test.each([400, 402, 403, 404, 429, 500])(
  "readAudit() knows of nothing where it is %i",
  async (status) => {
    const trail = createTrail([[recordOf("P1")]], { refused: { [path]: status } });
    expect(await read(trail)).toEqual(new Set());
  },
);

test("readAudit() throws a refused token", async () => {
  const trail = createTrail([], { refused: { [path]: 401 } });
  expect(await failureOf(read(trail))).toMatchObject({ status: 401 });
});

test("readAudit() keeps what it has read where a later page fails", async () => {
  const pages = [[recordOf("P1")], [recordOf("P2")]];
  const trail = createTrail(pages);
  const get = trail.get.bind(trail);
  trail.get = async (...request) => {
    if (trail.requests.length === 1) throw refuse(500, path, "Internal Server Error");
    return get(...request);
  };
  expect(await read(trail)).toEqual(new Set(["P1"]));
});

test("readAudit() does not ask for kinds that it does not tell of", async () => {
  const trail = createTrail([[recordOf("P1")]]);
  expect(await read(trail, 0, "maintenance_windows")).toEqual(new Set());
  expect(trail.requests).toEqual([]);
});
