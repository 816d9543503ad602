import { expect, test } from "bun:test";
import { NetworkError } from "../../../errors.ts";
import type { KindName } from "../../../source/kinds.ts";
import { failureOf } from "../../../testing/failure-of.ts";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import { askById, type ByIdAnswer, isAskable } from "./ask-by-id.ts";

test.each<[status: number, answer: ByIdAnswer]>([
  [200, "found"],
  [404, "gone"],
  [403, "forbidden"],
  [400, "unanswered"],
  [402, "unanswered"],
])("askById() where a service answers %i", async (status, answer) => {
  const refused = { "/services/P1": status };
  const pagerDuty = new ScriptedPagerDuty(status === 200 ? {} : { refused });
  pagerDuty.services = [{ id: "P1" }];
  expect(await askById(pagerDuty, "services", "P1")).toBe(answer);
  expect(pagerDuty.requests.map(({ path }) => path)).toEqual(["/services/P1"]);
});

test.each([401, 408, 429, 500, 503])("askById() throws a %i", async (status) => {
  const pagerDuty = new ScriptedPagerDuty({ refused: { "/users/P1": status } });
  expect(await failureOf(askById(pagerDuty, "users", "P1"))).toMatchObject({ status });
});

test("askById() throws where PagerDuty cannot be reached", async () => {
  const broken = new NetworkError("refused", { host: "PagerDuty", method: "GET", url: "/" });
  const pagerDuty = new ScriptedPagerDuty({ onRequest: () => Promise.reject(broken) });
  expect(await failureOf(askById(pagerDuty, "users", "P1"))).toBe(broken);
});

/** What both lists of schedules say of an id; 200 = there. */
test.each<[kind: KindName, classic: number, shifts: number, answer: ByIdAnswer]>([
  ["schedules", 404, 404, "gone"],
  ["schedules", 400, 404, "gone"],
  ["schedules", 404, 400, "gone"],
  ["schedules", 400, 400, "gone"],
  ["schedules", 200, 404, "found"],
  ["schedules", 200, 400, "found"],
  // It moved to the other kind, which is read as well.
  ["schedules", 404, 200, "found"],
  ["schedules", 400, 200, "found"],
  ["schedules", 403, 200, "found"],
  ["schedules", 404, 403, "unanswered"],
  ["schedules", 403, 404, "unanswered"],
  ["schedules", 402, 402, "unanswered"],
  ["v3/schedules", 404, 404, "gone"],
  ["v3/schedules", 400, 400, "gone"],
  ["v3/schedules", 404, 200, "found"],
  ["v3/schedules", 200, 404, "moved"],
  ["v3/schedules", 404, 402, "unanswered"],
])("askById() of %s where both kinds say %i and %i", async (kind, classic, shifts, answer) => {
  const refused = Object.fromEntries(
    [["/schedules/P1", classic] as const, ["/v3/schedules/P1", shifts] as const].filter(
      ([, status]) => status !== 200,
    ),
  );
  const pagerDuty = new ScriptedPagerDuty({ refused });
  pagerDuty.lists = { schedules: [{ id: "P1" }], "v3/schedules": [{ id: "P1" }] };
  expect(await askById(pagerDuty, kind, "P1")).toBe(answer);
});

test("isAskable() leaves out what has no such request, and lists of a stretch of time", () => {
  const kinds = ["services", "users", "schedules", "v3/schedules", "teams"] as const;
  expect(kinds.every(isAskable)).toBe(true);
  const others = [
    "oncalls",
    "log_entries",
    "change_events",
    "notifications",
    "priorities",
  ] as const;
  expect(others.some(isAskable)).toBe(false);
});
