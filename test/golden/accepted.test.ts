import { expect, test } from "bun:test";
import { createMapper, type JsonObject, type Mapping, parseMapping } from "@pagerport/core";

/** Documents that are right though they may not look it. */

function yamlWith(parts: { selector?: string; properties?: string; root?: string }): string {
  return `${parts.root ?? ""}
resources:
  - kind: incidents
    selector: ${parts.selector ?? '{ query: "true" }'}
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"pagerdutyIncident"'
          properties:
            title: .title
${parts.properties ?? ""}
`;
}

test("parseMapping() takes an unquoted true as the jq expression true", async () => {
  const mapping = await parseMapping(yamlWith({ selector: "{ query: true }" }));
  expect(mapping.resources[0]?.query.source).toBe("true");
  expect((await mapOne(mapping, { id: "Q1" })).selected).toBe(true);
});

test.each([
  ["incidentAnalytics", '"true"', true],
  ["incidentAnalytics", '"false"', false],
  ["includeCustomFields", "true", true],
] as const)("parseMapping() takes %s: %s", async (name, written, expected) => {
  const mapping = await parseMapping(
    yamlWith({ selector: `{ query: "true", ${name}: ${written} }` }),
  );
  expect(mapping.resources[0]?.selection.selector).toMatchObject({ [name]: expected });
});

test("parseMapping() takes a text in single quotes, as Port's editor does", async () => {
  const mapping = await parseMapping(
    yamlWith({ properties: `            kind: "'a text'"\n            isBug: .title == 'Bug'` }),
  );
  expect((await mapOne(mapping, { id: "Q1", title: "Bug" })).entities[0]?.properties).toEqual({
    title: "Bug",
    kind: "a text",
    isBug: true,
  });
});

test("parseMapping() leaves single quotes alone in what is jq as it is", async () => {
  const mapping = await parseMapping(
    yamlWith({
      properties: String.raw`            note: '"it is ''quoted'' here" | ascii_upcase'`,
    }),
  );
  const [entity] = (await mapOne(mapping, { id: "Q1" })).entities;
  expect(entity?.properties["note"]).toBe("IT IS 'QUOTED' HERE");
});

test("parseMapping() takes snake_case flags at the root, and $schema", async () => {
  const mapping = await parseMapping(
    yamlWith({
      root: "$schema: ./mapping.schema.json\ncreate_missing_related_entities: false\nentity_deletion_threshold: 0",
    }),
  );
  expect(mapping).toMatchObject({
    createMissingRelatedEntities: false,
    deleteDependentEntities: true,
    enableMergeEntity: true,
    entityDeletionThreshold: 0,
  });
});

test("parseMapping() takes anchors, merge keys, and empty optional keys", async () => {
  const mapping = await parseMapping(`
resources:
  - kind: services
    selector: &all { query: "true" }
    port:
      entity:
        mappings: &entity
          identifier: .id
          blueprint: '"a"'
          properties: { one: .one }
          relations:
          title:
  - kind: services
    selector: *all
    port:
      entity:
        mappings:
          <<: *entity
          blueprint: '"b"'
`);
  const mapper = createMapper(mapping);
  const [mapped] = await mapper.apply(1, [{ id: "P1", one: 1 }]);
  expect(mapped?.entities).toEqual([
    { identifier: "P1", blueprint: "b", properties: { one: 1 }, relations: {} },
  ]);
});

test("parseMapping() takes JSON that is indented with tabs, and an object", async () => {
  const document = {
    resources: [
      {
        kind: "users",
        selector: { query: "true" },
        port: { entity: { mappings: { identifier: ".id", blueprint: '"user\t"' } } },
      },
    ],
  };
  const fromText = await parseMapping(JSON.stringify(document, undefined, "\t"));
  const fromObject = await parseMapping(document);
  for (const mapping of [fromText, fromObject]) {
    expect(mapping.document).toEqual(document);
    expect((await mapOne(mapping, { id: "P1" })).entities[0]?.blueprint).toBe("user\t");
  }
});

test("parseMapping() fills in the defaults of each kind's selector", async () => {
  const resource = (kind: string, selector: object): object => ({
    kind,
    selector: { query: "true", ...selector },
    port: { entity: { mappings: { identifier: ".id", blueprint: '"x"' } } },
  });
  const mapping = await parseMapping({
    resources: [
      resource("incidents", {}),
      resource("services", {}),
      resource("oncalls", { apiQueryParams: {} }),
      resource("oncalls", {}),
      resource("escalation_policies", {}),
      resource("schedules", {}),
      resource("audit/records", { exportEnvVariables: ["HOME"] }),
    ],
  });
  expect(mapping.entityDeletionThreshold).toBe(0.9);
  expect(mapping.resources.map((one) => one.selection.selector)).toEqual([
    { incidentAnalytics: false, includeCustomFields: false },
    { serviceAnalytics: true, analyticsMonthsPeriod: 3, includeCustomFields: false },
    { apiQueryParams: { include: ["users"], since: 0, until: 3 } },
    {},
    { attachOncallUsers: true },
    {},
    { exportEnvVariables: ["HOME"] },
  ]);
});

async function mapOne(mapping: Mapping, object: JsonObject) {
  const mapper = createMapper(mapping);
  try {
    const [mapped] = await mapper.apply(0, [object]);
    if (mapped === undefined) throw new Error("Nothing came back");
    return mapped;
  } finally {
    await mapper.close();
  }
}
