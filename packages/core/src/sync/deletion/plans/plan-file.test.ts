import { expect, test } from "bun:test";
import { parseMapping } from "../../../map/parse/parse-mapping.ts";
import { readDefaultFile } from "../../../map/defaults.ts";
import { describeReader } from "../brakes/describe-reader.ts";
import { approvePlanFile, parsePlanFile, writePlanFile } from "./plan-file.ts";

const mapping = await parseMapping(readDefaultFile("mapping.yaml"));
const blueprint = "pagerdutyService";
const origin = { account: "acme.pagerduty.com", organization: "org_1", integration: "own" };
const now = Date.UTC(2026, 0, 1);
const entities = ["P1", "P2"].map((identifier) => ({ blueprint, identifier, why: "too many" }));
const held = [{ blueprint, brake: "share", reader: describeReader(mapping, blueprint), entities }];
const given = { name: "plan.json", origin, mapping, now: now + 3_600_000 };

test("approvePlanFile() approves what is in a file, or a part of it, and leaves the rest to be decided", () => {
  const file = parsePlanFile(writePlanFile(origin, held, { now }), "plan.json");
  expect(approvePlanFile(file, given)).toMatchObject([
    {
      blueprint,
      isOfMapping: false,
      entities: [{ identifier: "P1" }, { identifier: "P2" }],
      others: [],
    },
  ]);
  expect(approvePlanFile(file, { ...given, only: ["P2"] })).toMatchObject([
    { entities: [{ identifier: "P2" }], others: [{ identifier: "P1" }] },
  ]);
});

test.each<[string, Partial<Parameters<typeof approvePlanFile>[1]>]>([
  ["made for PagerDuty account", { origin: { ...origin, account: "other.pagerduty.com" } }],
  ["made for Port organisation", { origin: { ...origin, organization: "org_2" } }],
  ["made for integration", { origin: { ...origin, integration: "other" } }],
  ["made more than a day ago", { now: now + 25 * 3_600_000 }],
  ["'P9' is not in it", { only: ["P9"] }],
])("approvePlanFile() refuses a file that was %s", (message, changes) => {
  const file = parsePlanFile(writePlanFile(origin, held, { now }), "plan.json");
  expect(() => approvePlanFile(file, { ...given, ...changes })).toThrow(message);
});

test("approvePlanFile() refuses a file of nobody's account", () => {
  const nobodys = { ...origin, account: "" };
  const file = parsePlanFile(writePlanFile(nobodys, held, { now }), "plan.json");
  expect(() => approvePlanFile(file, { ...given, origin: nobodys })).toThrow("anybody's");
});

test("parsePlanFile() refuses what was changed, and what is no plan", () => {
  const text = writePlanFile(origin, held, { now });
  expect(() => parsePlanFile(text.replace("P1", "P3"), "plan.json")).toThrow(
    "plan.json: it was changed",
  );
  expect(() => parsePlanFile("{}", "plan.json")).toThrow("no plan of pagerport");
  expect(() => parsePlanFile("-", "plan.json")).toThrow("not JSON");
});
