import { expect, test } from "bun:test";
import { readBlueprints } from "../support/blueprints.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";

const mapping = `
enableMergeEntity: false
resources:
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: .id, title: .name, blueprint: '"pagerdutyService"',
      properties: { status: .status } } } }
  - kind: incidents
    selector: { query: "true", apiQueryParams: { date_range: all } }
    port: { entity: { mappings: {
      identifier: .id, title: .title, blueprint: '"pagerdutyIncident"',
      properties: { status: .status }, relations: { pagerdutyService: .service.id } } } }
`;

test("resync() that replaces entities writes nothing twice where Port computes properties of them", async () => {
  const computed = {
    mirrorProperties: {
      service_status: { title: "Service's status", path: "pagerdutyService.status" },
    },
    calculationProperties: {
      shouted: {
        title: "Shouted",
        type: "string",
        calculation: ".properties.status | ascii_upcase",
      },
    },
  };
  const blueprints = readBlueprints().map((blueprint) =>
    blueprint.identifier === "pagerdutyIncident"
      ? Object.assign({}, blueprint, computed)
      : blueprint,
  );
  await using setting = await startSyncSetting({ services: 3, incidents: 30 }, blueprints);
  await setting.sync({ mapping });
  const [entity] = setting.sandbox.port.entities("pagerdutyIncident");
  expect(Object.keys(entity?.properties ?? {})).toContain("service_status");
  expect(sumActions(await setting.sync({ mapping }))).toMatchObject({ created: 0, updated: 0 });
  const { identifier = "" } = entity ?? {};
  // What a person has added is another matter: a replacement takes it away.
  setting.sandbox.port.editEntity("pagerdutyIncident", identifier, {
    properties: { description: "By hand" },
  });
  expect(sumActions(await setting.sync({ mapping }))).toMatchObject({ created: 0, updated: 1 });
});
