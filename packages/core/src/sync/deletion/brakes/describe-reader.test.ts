import { expect, test } from "bun:test";
import { parseMapping } from "../../../map/parse/parse-mapping.ts";
import { failureOf } from "../../../testing/failure-of.ts";
import { parseResources, type ResourceSketch } from "../../../testing/parse-resources.ts";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import type { SettledRun } from "../../../store/deletion/settled-runs.ts";
import { compareReader } from "./compare-reader.ts";
import { describeReader, readTokenOwner } from "./describe-reader.ts";

const services: ResourceSketch = {
  kind: "services",
  blueprint: "service",
  query: '.status != "disabled"',
  apiQueryParams: { team_ids: ["T1"], time_zone: "UTC" },
};
const users: ResourceSketch = { kind: "users", blueprint: "user" };

async function describe(...sketches: ResourceSketch[]): Promise<string> {
  return describeReader(await parseResources(sketches), "service");
}

const items = { itemsToParse: ".teams", itemsToParseName: "item" };

test.each<[string, ResourceSketch[]]>([
  ["a title", [{ ...services, entity: { title: ".name" } }, users]],
  ["properties", [{ ...services, entity: { properties: { url: ".html_url" } } }, users]],
  ["relations", [{ ...services, entity: { relations: { team: ".teams[0].id" } } }, users]],
  ["an icon", [{ ...services, entity: { icon: '"Microservice"' } }, users]],
  [
    "what is included, and the order",
    [
      {
        ...services,
        apiQueryParams: { ...services.apiQueryParams, include: ["teams"], sort_by: "name:desc" },
      },
      users,
    ],
  ],
  [
    "parameters in another order",
    [{ ...services, apiQueryParams: { time_zone: "UTC", team_ids: ["T1"] } }, users],
  ],
  ["another blueprint's resource", [services, { ...users, query: ".admin" }]],
  ["one blueprint's resource more", [services, users, { kind: "teams", blueprint: "team" }]],
])("describeReader() stays the same by %s", async (_name, sketches) => {
  expect(await describe(...sketches)).toBe(await describe(services, users));
});

test("describeReader() stays the same by comments and another way of writing", async () => {
  const text = `
# What is read of services
resources:
  - kind: services # all of them
    selector: { query: 'true' }
    port:
      entity:
        mappings: { identifier: .id, blueprint: '"service"' }
`;
  const written = describeReader(await parseMapping(text), "service");
  expect(written).toBe(await describe({ kind: "services", blueprint: "service" }));
});

test.each<[string, ResourceSketch[]]>([
  ["another query", [{ ...services, query: '.status == "active"' }, users]],
  [
    "another filter",
    [{ ...services, apiQueryParams: { time_zone: "UTC", team_ids: ["T2"] } }, users],
  ],
  ["a filter less", [{ ...services, apiQueryParams: { time_zone: "UTC" } }, users]],
  ["another identifier", [{ ...services, identifier: ".name" }, users]],
  ["another blueprint", [{ ...services, blueprint: "other" }, users]],
  [
    "another kind",
    [{ kind: "teams", blueprint: "service", query: '.status != "disabled"' }, users],
  ],
  ["items", [{ ...services, items }, users]],
  ["a resource more", [services, users, { kind: "teams", blueprint: "service" }]],
  ["a resource less", [users]],
])("describeReader() changes by %s", async (_name, sketches) => {
  expect(await describe(...sketches)).not.toBe(await describe(services, users));
});

test("describeReader() changes by other items, or another name for them", async () => {
  const before = await describe({ ...services, items });
  for (const changed of [{ itemsToParse: ".integrations" }, { itemsToParseName: "one" }]) {
    expect(await describe({ ...services, items: { ...items, ...changed } })).not.toBe(before);
  }
});

test("describeReader() changes by another search for the identifier", async () => {
  const search = (value: string): ResourceSketch => ({
    ...services,
    entity: {
      identifier: {
        combinator: '"and"',
        rules: [{ property: '"url"', operator: '"="', value }],
      },
    },
  });
  expect(await describe(search(".id"))).toBe(await describe(search(".id")));
  expect(await describe(search(".id"))).not.toBe(await describe(search(".name")));
});

test.each<[status: number, owner: string | undefined]>([
  [200, "PUSER01"],
  [400, "account key"],
  [402, "app"],
  [403, "app"],
  [404, "app"],
  [429, undefined],
  [500, undefined],
  [503, undefined],
])("readTokenOwner() where PagerDuty answers %i is %p", async (status, owner) => {
  const refused = { "/users/me": status };
  const client = new ScriptedPagerDuty(status === 200 ? {} : { refused });
  client.answers["/users/me"] = { user: { id: "PUSER01" } };
  expect(await readTokenOwner(client)).toBe(owner);
});

test("readTokenOwner() throws a refused token", async () => {
  const client = new ScriptedPagerDuty({ refused: { "/users/me": 401 } });
  expect(await failureOf(readTokenOwner(client))).toMatchObject({ status: 401 });
});

test("compareReader() tells a changed mapping from another owner of the token", async () => {
  const mapping = await parseResources([services]);
  const settled: SettledRun = {
    blueprint: "service",
    run: 1,
    at: 0,
    reader: describeReader(mapping, "service"),
    tokenOwner: "PUSER01",
    resources: {},
    firstRun: 1,
  };
  const none = { mapping: "", owner: "" };
  expect(compareReader(mapping, settled, "PUSER01")).toEqual(none);
  expect(compareReader(mapping, settled, null)).toEqual(none);
  expect(compareReader(mapping, undefined, "PUSER02")).toEqual(none);
  expect(compareReader(mapping, settled, "PUSER02").owner).toContain("PUSER01 then, PUSER02 now");
  expect(compareReader(mapping, settled, undefined).owner).toContain("did not tell whose token");
  const changed = await parseResources([{ ...services, query: "false" }]);
  expect(compareReader(changed, settled, "PUSER01").mapping).toContain("otherwise than");
});
