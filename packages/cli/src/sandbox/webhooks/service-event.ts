import { type FieldValue, serviceFields } from "../pagerduty/custom-fields.ts";
import type { Service } from "../service-data.ts";
import type { World } from "../world.ts";
import { eventReference } from "./event.ts";
import { eventField } from "./incident-event.ts";

/** A service as its events carry it: without name, status and policy; of a deleted one all the same. */
export function serviceData({ edits }: World, service: Service): object {
  const { reference, team, id } = service;
  return {
    html_url: reference.html_url,
    id,
    self: reference.self,
    summary: edits.of(id)?.["summary"] ?? service.name,
    alert_creation: "create_alerts_and_incidents",
    teams: team === undefined ? [] : [eventReference(team)],
    type: "service",
  };
}

/** Custom fields as they are now, and the changed ones as they were `before`: without an id. */
export function serviceFieldsData(
  world: World,
  service: Service,
  before: readonly FieldValue[],
): object {
  return {
    service: eventReference(service.reference),
    custom_fields: serviceFields(world, service.index).map((field) => eventField(field)),
    changed_custom_fields: before.map((field) => eventField(field)),
    type: "service_field_values",
  };
}
