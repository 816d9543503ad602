import { expect, test } from "bun:test";
import { MappingError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { chooseMapping, type ChooseMappingOptions } from "./choose-mapping.ts";

const resource = {
  kind: "services",
  selector: { query: "true" },
  port: { entity: { mappings: { identifier: ".id", blueprint: '"service"' } } },
};
const text = JSON.stringify({ resources: [resource] });

function choose(options: Partial<ChooseMappingOptions>) {
  return chooseMapping({
    integrationIdentifier: "mine",
    readStored: () => Promise.reject(new Error("Port was asked")),
    ...options,
  });
}

function stored(document: unknown): Pick<ChooseMappingOptions, "readStored"> {
  return { readStored: () => Promise.resolve(document) };
}

test("chooseMapping() takes what is given, and does not ask Port then", async () => {
  const { mapping, from, name } = await choose({ given: { name: "mapping.yaml", text } });
  expect([mapping?.resources.length, from, name]).toEqual([1, "given", "mapping.yaml"]);
  expect(mapping?.file).toBe("mapping.yaml");
});

test("chooseMapping() takes what Port has stored where nothing is given", async () => {
  const { mapping, from, name } = await choose(stored({ resources: [resource] }));
  expect([mapping?.resources.length, from]).toEqual([1, "stored"]);
  expect(name).toBe("the mapping of integration mine in Port");
  expect((await choose(stored(text))).mapping?.resources).toHaveLength(1);
});

test("chooseMapping() takes the default where there is no integration", async () => {
  const { mapping, from, name } = await choose(stored(undefined));
  expect([from, name]).toEqual(["default", "the default mapping"]);
  expect(mapping?.resources.length).toBeGreaterThan(4);
});

test.each([
  null,
  "",
  {},
  { resources: null },
  { resources: [] },
  { enableMergeEntity: true, delete_dependent_entities: false },
])("chooseMapping() tells that %j, stored in Port, is empty", async (document) => {
  expect(await choose(stored(document))).toEqual({
    mapping: undefined,
    from: "stored",
    name: "the mapping of integration mine in Port",
  });
});

test("chooseMapping() tells that a given mapping is empty", async () => {
  const chosen = await choose({ given: { name: "m.yaml", text: "resources: []" } });
  expect(chosen).toEqual({ mapping: undefined, from: "given", name: "m.yaml" });
});

test("chooseMapping() places the mistakes of what Port has stored by their keys", async () => {
  const wrong = { resources: [{ ...resource, kind: "servces" }], resource: [] };
  const error = await failureOf(choose(stored(wrong)));
  expect(error).toBeInstanceOf(MappingError);
  expect((error as MappingError).message.split("\n")).toEqual([
    expect.stringMatching(
      /^the mapping of integration mine in Port: resources\[0\]\.kind: .*services/,
    ),
    expect.stringMatching(/^the mapping of integration mine in Port: resource: unknown key/),
  ]);
});

test.each([[[]], ["just text"], [7], [{ resources: {} }], [{ resource: [] }]])(
  "chooseMapping() does not take %j, stored in Port, for an empty mapping",
  async (document) => {
    expect(await failureOf(choose(stored(document)))).toBeInstanceOf(MappingError);
  },
);

test("chooseMapping() places mistakes in the file that holds the mapping among settings", async () => {
  const lines = [
    "rateBudget: 0.5",
    "mapping:",
    "  resources:",
    "    - kind: services",
    "      selector: { query: 'true' }",
    "      port: { entity: { mappings: { identifier: .id, blueprint: '\"service' } } }",
    "      prot: 1",
  ];
  const given = { name: "pagerport.yaml", text: lines.join("\n"), within: ["mapping"] };
  const error = await failureOf(choose({ given }));
  const told = (error as MappingError).mistakes.map(({ line, column, path }) => [
    line,
    column,
    path,
  ]);
  expect(told).toEqual([
    [6, 65, "mapping.resources[0].port.entity.mappings.blueprint"],
    [7, 7, "mapping.resources[0].prot"],
  ]);
});
