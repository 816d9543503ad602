import type { JsonObject } from "@pagerport/core";

/** Services with one custom field of each, and nothing else. */
export const fieldsMapping = `
resources:
  - kind: services
    selector: { query: "true", includeCustomFields: true }
    port:
      entity:
        mappings:
          identifier: .id
          title: .name
          blueprint: '"service"'
          properties:
            environment: '[.__custom_fields[] | select(.name == "environment") | .value] | first'
`;

/** Where they are in Port. */
export const fieldsBlueprint: JsonObject = {
  identifier: "service",
  title: "Service",
  schema: { properties: { environment: { type: "string" } }, required: [] },
  relations: {},
};
