import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createEntityWriter,
  type JsonObject,
  type Mapping,
  parseMapping,
  type PortClient,
  type PortEntity,
} from "@pagerport/core";
import { type Blueprint, listBlueprints } from "../../packages/core/src/sink/port/blueprint.ts";
import type { EntityRef } from "../../packages/core/src/store/produced.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const status = { type: "string", enum: ["active", "disabled", "deleted"] };

/** Ours are `service`, `policy`, `incident` and `shift`; people made `runbook`, `step` and `note`. */
const catalogBlueprints: readonly JsonObject[] = [
  {
    identifier: "policy",
    schema: { properties: { url: { type: "string" } }, required: [] },
    relations: {},
  },
  {
    identifier: "service",
    schema: {
      properties: {
        status,
        url: { type: "string" },
        teams: { type: "array" },
        oncall: { type: "string" },
        seconds: { type: "number" },
        tier: { type: "string" },
      },
      required: [],
    },
    relations: {
      policy: { target: "policy", many: false, required: false },
      twin: { target: "service", many: false, required: false },
    },
  },
  {
    identifier: "shift",
    schema: { properties: {}, required: [] },
    relations: {
      service: { target: "service", many: false, required: true },
      before: { target: "shift", many: false, required: false },
    },
  },
  {
    identifier: "incident",
    schema: { properties: { status: { type: "string" } }, required: [] },
    relations: {
      service: { target: "service", many: false, required: false },
      policies: { target: "policy", many: true, required: false },
      parent: { target: "incident", many: false, required: false },
      shift: { target: "shift", many: false, required: false },
    },
  },
  ...["runbook", "step", "note"].map((identifier) => ({
    identifier,
    schema: { properties: {}, required: [] },
    relations: {
      ...(identifier === "runbook" && {
        service: { target: "service", many: false, required: true },
      }),
      ...(identifier === "note" && {
        service: { target: "service", many: false, required: false },
      }),
      ...(identifier === "step" && {
        runbook: { target: "runbook", many: false, required: false },
        shift: { target: "shift", many: false, required: true },
      }),
    },
  })),
];

const mappingText = `
createMissingRelatedEntities: true
deleteDependentEntities: true
resources:
  - kind: escalation_policies
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"policy"', title: .name, properties: {url: .html_url}}
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"service"'
          title: .name
          properties:
            status: .status
            url: .html_url
            teams: '[.teams[].summary]'
            oncall: .__oncall_user | sort_by(.escalation_level) | .[0].user.email
            seconds: .__analytics.mean_seconds_to_resolve
          relations: {policy: .escalation_policy.id, twin: .twin.id}
  - kind: incidents
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"incident"', title: .title, relations: {service: .service.id}}
  - kind: oncalls
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"shift"', relations: {service: .service.id}}
`;

/** A Port with entities that relate to one another, and the mapping that some of them are of. */
export interface CatalogSetting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly port: PortClient;
  /** With both flags on. */
  readonly mapping: Mapping;
  /** As Port has them now. */
  readBlueprints(): Promise<ReadonlyMap<string, Blueprint>>;
  /** Writes entities as the integration, what they relate to first. */
  put(entities: readonly PortEntity[]): Promise<void>;
}

export async function startCatalog(options: SandboxOptions = {}): Promise<CatalogSetting> {
  const sandbox = await startSandbox({
    services: 1,
    incidents: 0,
    schedules: 0,
    now: Date.UTC(2026, 5, 1),
    ...options,
  });
  for (const blueprint of catalogBlueprints) {
    sandbox.port.putBlueprint({ title: "Of a test", ...blueprint });
  }
  const port = connectSandboxPort(sandbox);
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: true });
  return {
    sandbox,
    port,
    mapping: await parseMapping(mappingText),
    readBlueprints: () => listBlueprints(port),
    async put(entities) {
      for (const entity of entities) await writer.write([entity]);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** One with a name, which none is searched by. */
export type NamedEntity = PortEntity & EntityRef;

/** An entity by `blueprint/identifier` and what it relates to. */
export function make(
  name: string,
  relations: JsonObject = {},
  given: Omit<Partial<PortEntity>, "identifier"> = {},
): NamedEntity {
  return { ...refOf(name), properties: {}, relations, ...given };
}

/** `service/S1` */
export function refOf(name: string): EntityRef {
  const [blueprint = "", identifier = ""] = name.split("/");
  return { blueprint, identifier };
}

export function nameOf({ blueprint, identifier }: EntityRef): string {
  return `${blueprint}/${identifier}`;
}
