import { expect, test } from "bun:test";
import type { KindName } from "../../../source/kinds.ts";
import { failureOf } from "../../../testing/failure-of.ts";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import { readControl } from "./control-reading.ts";

function createPagerDuty(refused: Readonly<Record<string, number>> = {}): ScriptedPagerDuty {
  const pagerDuty = new ScriptedPagerDuty({ refused });
  pagerDuty.services = [{ id: "S1" }, { id: "S2" }, { id: "S3" }];
  pagerDuty.lists = { users: [{ id: "U1" }] };
  return pagerDuty;
}

function pathsOf({ requests }: ScriptedPagerDuty): string[] {
  return requests.map(({ path }) => path);
}

test("readControl() asks for one that a run has listed", async () => {
  const pagerDuty = createPagerDuty();
  const listed = (): readonly string[] => ["S2"];
  expect(await readControl({ client: pagerDuty, kind: "services", listed })).toBe("");
  expect(pathsOf(pagerDuty)).toEqual(["/services/S2"]);
});

test("readControl() asks for a second, since one may be deleted meanwhile, and for no third", async () => {
  const listed = (): readonly string[] => ["S9", "S2", "S3"];
  expect(await readControl({ client: createPagerDuty(), kind: "services", listed })).toBe("");
  const pagerDuty = createPagerDuty({ "/services/S2": 404 });
  const reason = await readControl({ client: pagerDuty, kind: "services", listed });
  expect(reason).toContain("PagerDuty lists services/S9 and does not answer 200");
  expect(pathsOf(pagerDuty)).toEqual(["/services/S9", "/services/S2"]);
});

test.each([400, 402, 403, 404, 500, 503])("readControl() finds a %i suspicious", async (status) => {
  const refused = { "/services/S1": status, "/services/S2": status };
  const client = createPagerDuty(refused);
  const listed = (): readonly string[] => ["S1", "S2"];
  expect(await readControl({ client, kind: "services", listed })).not.toBe("");
});

test("readControl() asks for one of another kind where the kind lists none", async () => {
  const pagerDuty = createPagerDuty();
  const listed = (kind: KindName): readonly string[] => (kind === "users" ? ["U1"] : []);
  expect(await readControl({ client: pagerDuty, kind: "teams", listed })).toBe("");
  expect(pathsOf(pagerDuty)).toEqual(["/users/U1"]);
  const broken = createPagerDuty({ "/users/U1": 404 });
  expect(await readControl({ client: broken, kind: "teams", listed })).toContain("users/U1");
});

test("readControl() finds suspicious that nothing is listed", async () => {
  const client = createPagerDuty();
  const listed = (): readonly string[] => [];
  expect(await readControl({ client, kind: "teams", listed })).toContain("nothing is listed");
});

test("readControl() without a run lists some first", async () => {
  const pagerDuty = createPagerDuty();
  expect(await readControl({ client: pagerDuty, kind: "services" })).toBe("");
  expect(pathsOf(pagerDuty)).toEqual(["/services", "/services/S1"]);
  // Where that list is refused, of another kind.
  const refused = createPagerDuty({ "/services": 403 });
  expect(await readControl({ client: refused, kind: "services" })).toBe("");
  expect(pathsOf(refused)).toEqual(["/services", "/users", "/users/U1"]);
  const empty = new ScriptedPagerDuty();
  expect(await readControl({ client: empty, kind: "services" })).toContain("nothing is listed");
});

test("readControl() throws a refused token", async () => {
  const client = createPagerDuty({ "/services/S1": 401 });
  const listed = (): readonly string[] => ["S1"];
  const reading = readControl({ client, kind: "services", listed });
  expect(await failureOf(reading)).toMatchObject({ status: 401 });
});
