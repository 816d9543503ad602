import { expect, test } from "bun:test";
import { parseMapping } from "../../map/parse/parse-mapping.ts";
import { createRotatingTest } from "./rotating-kinds.ts";

function resource(kind: string, blueprint: string): object {
  const mappings = { identifier: ".id", title: ".id", blueprint };
  return { kind, selector: { query: "true" }, port: { entity: { mappings } } };
}

test.each([
  ["an on-call's", [resource("oncalls", '"b"')], true, true],
  ["a service's", [resource("services", '"b"')], false, false],
  ["an incident's", [resource("incidents", '"b"')], false, true],
  ["one that both make", [resource("oncalls", '"b"'), resource("services", '"b"')], false, false],
  [
    "one that another may make",
    [resource("oncalls", '"b"'), resource("services", ".summary")],
    false,
    false,
  ],
  ["one that nothing makes", [resource("oncalls", '"other"')], false, false],
] as const)("createRotatingTest() judges %s blueprint", async (_, resources, kept, deleted) => {
  const mapping = await parseMapping({ resources: [...resources] }, { file: "mapping.yml" });
  expect(createRotatingTest(mapping, { deletesAged: false })("b")).toBe(kept);
  expect(createRotatingTest(mapping, { deletesAged: true })("b")).toBe(deleted);
});
