import { ConfigError } from "@pagerport/core";
import type { IncidentJson } from "./incident-json.ts";
import { type Instant, instantOf } from "./incident-times.ts";
import type { ServiceJson } from "./service-json.ts";
import { incidentObject, serviceObject, type World } from "./world.ts";
import { formatUtc } from "./zoned-time.ts";

/** The account's data, without HTTP: to change it in the middle of a run, and to know what is right. */
export interface CatalogAccess {
  /** @returns the id. `at` is when it was created; the clock's now where it is not given. */
  createIncident(options: {
    readonly serviceId: string;
    readonly at?: Instant;
    readonly title?: string;
  }): string;
  /** @param at when; the clock's now where it is not given */
  acknowledgeIncident(id: string, at?: Instant): void;
  resolveIncident(id: string, at?: Instant): void;
  /** Makes an incident triggered again. */
  reopenIncident(id: string, at?: Instant): void;
  /** @returns the id */
  createUser(options?: { readonly name?: string; readonly email?: string }): string;
  /** Deletes a user, whom schedules and policies still name. */
  deleteUser(id: string): void;
  /** @returns the id */
  createSchedule(options?: { readonly name?: string }): string;
  deleteSchedule(id: string): void;
  /**
   * Puts other values in the place of fields of an object of any kind, in every answer from now on: of
   * an incident also `updated_at` and a log entry, as of every change.
   */
  changeObject(id: string, fields: Readonly<Record<string, unknown>>): void;
  /** Sets custom fields by name, of an incident or a service. */
  changeCustomFields(id: string, values: Readonly<Record<string, unknown>>): void;
  /** @returns the id */
  createService(options?: { readonly name?: string }): string;
  deleteService(id: string): void;
  /** An incident as the API gives it, in UTC. */
  incident(id: string): IncidentJson | undefined;
  /** A service as the API gives it, deleted ones too. */
  service(id: string): ServiceJson | undefined;
  /** How many incidents there are. */
  readonly incidentCount: number;
  /**
   * All rows of a list of the API, without limits, credentials and faults.
   *
   * @param path with a query where one is wanted: `/users?include[]=teams`
   * @param wrapper the list's name in the answer @default the last word of the path
   */
  list(path: string, wrapper?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Every incident in order of its number, made one by one. */
  allIncidents(): Iterable<IncidentJson>;
  /** Every service that is not deleted. */
  allServices(): Iterable<ServiceJson>;
}

/** Access to the data of a world. */
export function catalogAccess(
  world: World,
  route: (request: Request) => Response | Promise<Response>,
): CatalogAccess {
  const { incidents, services, directory, edits, clock } = world;
  const now = (): number => Math.floor(clock.now() / 1000);
  const second = (at: Instant | undefined): number =>
    at === undefined ? now() : Math.floor(instantOf(at) / 1000);
  /** What was changed by hand stays, but is no longer the latest change. */
  const outdateEdit = (id: string, at: Instant | undefined): void => {
    if (edits.of(id) !== undefined) edits.change(id, { updated_at: formatUtc(second(at)) });
  };
  const indexOf = (id: string): number => {
    const index = incidents.find(id);
    if (index === undefined) throw new ConfigError(`Cannot find incident ${id} in the sandbox`);
    return index;
  };
  return {
    createIncident: ({ serviceId, at, title }) => {
      const service = services.find(serviceId);
      if (service === undefined) {
        throw new ConfigError(`Cannot create an incident as there is no service ${serviceId}`);
      }
      return incidents.data.id(incidents.create(service.index, second(at), title));
    },
    acknowledgeIncident: (id, at) => {
      incidents.acknowledge(indexOf(id), second(at));
      outdateEdit(id, at);
    },
    resolveIncident: (id, at) => {
      incidents.resolve(indexOf(id), second(at));
      outdateEdit(id, at);
    },
    reopenIncident: (id, at) => {
      incidents.reopen(indexOf(id), second(at));
      outdateEdit(id, at);
    },
    createUser: (options) => directory.createUser(options).reference.id,
    deleteUser: (id) => {
      if (!directory.deleteUser(id)) throw new ConfigError(`Cannot find user ${id} in the sandbox`);
    },
    createSchedule: (options) => directory.createSchedule(options).reference.id,
    deleteSchedule: (id) => {
      if (!directory.deleteSchedule(id)) {
        throw new ConfigError(`Cannot find schedule ${id} in the sandbox`);
      }
    },
    changeObject: (id, fields) => {
      const index = incidents.find(id);
      if (index === undefined) edits.change(id, fields);
      else {
        edits.change(id, { updated_at: formatUtc(now()), ...fields });
        incidents.note({ index, at: now(), type: "annotate" });
      }
    },
    changeCustomFields: (id, values) => {
      const service = services.find(id)?.index;
      if (service !== undefined) edits.change(`service fields ${service}`, values);
      else edits.change(`incident fields ${indexOf(id)}`, values);
    },
    createService: (options) => services.create(options?.name, now()).id,
    deleteService: (id) => {
      if (!services.delete(id)) throw new ConfigError(`Cannot find service ${id} in the sandbox`);
    },
    incident: (id) => {
      const index = incidents.find(id);
      return index === undefined ? undefined : withEdits(world, incidentObject(world, index));
    },
    service: (id) => {
      const service = services.find(id);
      return service === undefined ? undefined : withEdits(world, serviceObject(world, service));
    },
    get incidentCount() {
      return incidents.size;
    },
    list: async (path, wrapper) => readList(route, path, wrapper),
    *allIncidents() {
      for (let index = 0; index < incidents.size; index++) {
        yield withEdits(world, incidentObject(world, index));
      }
    },
    *allServices() {
      for (const service of services.listed()) {
        yield withEdits(world, serviceObject(world, service));
      }
    },
  };
}

async function readList(
  route: (request: Request) => Response | Promise<Response>,
  path: string,
  wrapper?: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const url = new URL(path, "http://sandbox");
  const name = wrapper ?? url.pathname.split("/").at(-1) ?? "";
  url.searchParams.set("limit", "100");
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (;;) {
    url.searchParams.set("offset", String(rows.length));
    const response = await route(new Request(url));
    if (!response.ok) throw new ConfigError(`Cannot list ${path}: ${await response.text()}`);
    const body: Readonly<Record<string, unknown>> = await response.json();
    const page = body[name];
    if (!Array.isArray(page)) throw new ConfigError(`Cannot find '${name}' in the list of ${path}`);
    rows.push(...page);
    if (body["more"] !== true) return rows;
  }
}

function withEdits<T extends { readonly id: string }>(world: World, object: T): T {
  const fields = world.edits.of(object.id);
  return fields === undefined ? object : { ...object, ...fields };
}
