import { ConfigError } from "@pagerport/core";
import type { IncidentJson } from "./incident-json.ts";
import { IncidentEditor } from "./pagerduty/incident-editor.ts";
import { type IncidentVerbs, incidentVerbs } from "./pagerduty/incident-verbs.ts";
import { type OrganisationVerbs, organisationVerbs } from "./pagerduty/organisation-verbs.ts";
import { type ServiceVerbs, serviceVerbs } from "./pagerduty/service-verbs.ts";
import { type TeamworkVerbs, teamworkVerbs } from "./pagerduty/teamwork-verbs.ts";
import type { ServiceJson } from "./service-json.ts";
import { incidentObject, serviceObject, type World } from "./world.ts";

/** The account's data, without HTTP: to change it in the middle of a run, and to know what is right. */
export interface CatalogAccess
  extends IncidentVerbs, TeamworkVerbs, ServiceVerbs, OrganisationVerbs {
  /** An incident as the API gives it, in UTC. */
  incident(id: string): IncidentJson | undefined;
  /** A service as the API gives it, deleted ones too. */
  service(id: string): ServiceJson | undefined;
  /** How many incidents there are. */
  readonly incidentCount: number;
  /**
   * All rows of a list of the API, without limits, credentials and faults, hidden ones too.
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
  const { incidents, services } = world;
  const editor = new IncidentEditor(world);
  return {
    ...incidentVerbs(editor),
    ...teamworkVerbs(editor),
    ...serviceVerbs(editor),
    ...organisationVerbs(world),
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
