import { ConfigError } from "@pagerport/core";
import type { Service } from "../service-data.ts";
import type { EventType } from "../webhooks/event-types.ts";
import { incidentFieldsData } from "../webhooks/incident-event.ts";
import { serviceData, serviceFieldsData } from "../webhooks/service-event.ts";
import { formatUtc } from "../zoned-time.ts";
import { type FieldValue, incidentFields, serviceFields } from "./custom-fields.ts";
import type { IncidentEditor } from "./incident-editor.ts";

/** What happens to services, and to fields of any object. */
export interface ServiceVerbs {
  /** @returns the id */
  createService(options?: { readonly name?: string }): string;
  /** Gives a service another name: its incidents name it so too. */
  renameService(id: string, name: string): void;
  /** Gives a service to another team, or to none. */
  moveService(id: string, teamId: string | null): void;
  deleteService(id: string): void;
  /** Makes a deleted service be there again under its id, of which nobody is told. */
  restoreService(id: string): void;
  /** Tells subscribers, signed as ever, that a service was deleted which is still there. */
  tellFalseDeletion(id: string): void;
  /**
   * Puts other values in the place of fields of an object of any kind, in every answer from now on: of an
   * incident also `updated_at` and a log entry, as of every change, but no event, as PagerDuty has none for
   * that. Of a service it is an event.
   */
  changeObject(id: string, fields: Readonly<Record<string, unknown>>): void;
  /** Sets custom fields by name, of an incident or a service. */
  changeCustomFields(id: string, values: Readonly<Record<string, unknown>>): void;
}

/** The verbs of a world's services. */
export function serviceVerbs(editor: IncidentEditor): ServiceVerbs {
  const { world } = editor;
  const { account, services, incidents, edits, fieldEdits, clock, webhooks, removed, audit } =
    world;

  const tell = (
    service: Service,
    event: EventType,
    data: () => object = () => serviceData(world, service),
  ): void => {
    const { id, team } = service;
    const scope = { resource: `services/${id}`, serviceId: id, teamId: team?.id };
    webhooks.publish(event, scope, clock.now(), data);
  };

  return {
    createService: (options) => {
      const now = editor.second(undefined);
      const made = services.create(options?.name, now);
      const hasTeam = made.team !== undefined && !removed.has(made.team.id);
      const service = hasTeam ? made : (services.change(made.id, { team: undefined }, now) ?? made);
      tell(service, "service.created");
      return service.id;
    },
    renameService: (id, name) => {
      const service = services.change(id, { name }, editor.second(undefined));
      if (service === undefined) throw noService(id);
      tell(service, "service.updated");
    },
    moveService: (id, teamId) => {
      const team = account.teams.find((one) => one.id === teamId && !removed.has(one.id));
      if (team === undefined && teamId !== null) {
        throw new ConfigError(`Cannot find team ${teamId} in the sandbox`);
      }
      const service = services.change(id, { team }, editor.second(undefined));
      if (service === undefined) throw noService(id);
      tell(service, "service.updated");
    },
    deleteService: (id) => {
      const service = services.find(id);
      if (service === undefined || !services.delete(id)) throw noService(id);
      audit.noteDeletion("services", service.reference);
      tell(service, "service.deleted");
    },
    restoreService: (id) => {
      if (!services.restore(id)) throw new ConfigError(`Cannot restore service ${id}: it is there`);
    },
    tellFalseDeletion: (id) => {
      const service = services.find(id);
      if (service === undefined || !services.has(id)) throw noService(id);
      tell(service, "service.deleted");
    },
    changeObject: (id, fields) => {
      const now = editor.second(undefined);
      const index = incidents.find(id);
      if (index !== undefined) {
        edits.change(id, { updated_at: formatUtc(now), ...fields });
        incidents.note({ index, at: now, type: "annotate" });
        return;
      }
      edits.change(id, fields);
      const service = services.find(id);
      if (service !== undefined && services.has(id)) tell(service, "service.updated");
    },
    changeCustomFields: (id, values) => {
      const isChanged = ({ name }: FieldValue): boolean => name in values;
      const service = services.find(id);
      if (service !== undefined) {
        const before = serviceFields(world, service.index).filter(isChanged);
        fieldEdits.change(`service ${service.index}`, values);
        tell(service, "service.custom_field_values.updated", () =>
          serviceFieldsData(world, service, before),
        );
        return;
      }
      const index = editor.indexOf(id);
      const before = incidentFields(world, index).filter(isChanged);
      fieldEdits.change(`incident ${index}`, values);
      editor.change(index, undefined, {
        type: "custom_field_value_change",
        event: "incident.custom_field_values.updated",
        data: () => incidentFieldsData(world, index, before),
      });
    },
  };
}

function noService(id: string): ConfigError {
  return new ConfigError(`Cannot find service ${id} in the sandbox`);
}
