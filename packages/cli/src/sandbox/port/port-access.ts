import type { TrafficCounts } from "../traffic.ts";
import type { PortClients } from "./access-tokens.ts";
import { deleteEntities } from "./delete-entities.ts";
import { type EntityJson, wholeEntity } from "./entity-json.ts";
import type { StoredEntity } from "./entity-store.ts";
import type { Integration } from "./integrations.ts";
import type { JsonObject } from "./json-object.ts";
import { parseEntity } from "./parse-entity.ts";
import { missing } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import type { WebhookIngest } from "./webhook-ingest.ts";
import { writeEntity } from "./write-entity.ts";

/** An entity with what only the sandbox tells: whose it is. */
export interface OwnedEntityJson extends EntityJson {
  /** User-Agent of the owner. */
  readonly datasource: string;
}

/** Port's data, without HTTP: to change it in the middle of a run, and to know what came of it. */
export interface PortAccess {
  /** Requests and answers, by route and status. */
  readonly requests: TrafficCounts;
  /** How many access tokens were issued. */
  readonly tokensIssued: number;
  /** How many entities there are, of all blueprints. */
  readonly entityCount: number;
  /** The entities of a blueprint in the order they were created in; of all without one. */
  entities(blueprint?: string): OwnedEntityJson[];
  entity(blueprint: string, identifier: string): OwnedEntityJson | undefined;
  /**
   * Creates or changes an entity as a person does in Port: checked like every write, what is not named
   * stays, null clears, and an owner stays the owner.
   */
  editEntity(blueprint: string, identifier: string, changes: JsonObject): OwnedEntityJson;
  /**
   * Puts an entity there as it was in another Port, with whose it is and when it was made: what is null is
   * not set. Nothing is checked, so whoever relates to whom may come in any order.
   */
  putEntity(entity: OwnedEntityJson): void;
  /** Deletes an entity and what requires it. */
  deleteEntity(blueprint: string, identifier: string): void;
  /** Blueprints as Port gives them. */
  blueprints(): JsonObject[];
  /** Creates a blueprint, or replaces that of its identifier. */
  putBlueprint(blueprint: JsonObject): void;
  /** Webhooks with their secrets. */
  webhooks(): JsonObject[];
  /** What webhooks' mappings or the catalog could not do with what was posted to them. */
  readonly webhookProblems: readonly string[];
  /** An integration and what it reported; undefined where there is none. */
  integration(identifier: string): Integration | undefined;
  /** Sets the stored mapping, in an integration that is made where there is none. @param options.resync also asks for a resync @default true */
  setIntegrationConfig(
    identifier: string,
    config: JsonObject,
    options?: { readonly resync?: boolean },
  ): void;
  /** Asks an integration to resync, as the button in Port does. */
  requestResync(identifier: string): void;
  /** Makes all access tokens invalid that were issued so far. */
  revokeTokens(): void;
  /** Gives the organisation other credentials: those before get no access tokens any more. */
  replaceCredentials(clients: Partial<PortClients>): void;
}

/** What a person's changes are sent as. */
const personAgent = "person";

/** Access to the data of a Port. */
export function portAccess(world: PortWorld, ingest: WebhookIngest): PortAccess {
  const { catalog, integrations, tokens, traffic } = world;
  const owned = (entity: StoredEntity): OwnedEntityJson => ({
    ...wholeEntity(catalog, entity),
    datasource: entity.datasource,
  });
  return {
    requests: traffic,
    get tokensIssued() {
      return tokens.count;
    },
    get entityCount() {
      return catalog.entities.size;
    },
    entities: (blueprint) => {
      const { entities } = catalog;
      return [...(blueprint === undefined ? entities.all() : entities.of(blueprint))].map(owned);
    },
    entity: (blueprint, identifier) => {
      const entity = catalog.entities.get({ blueprint, identifier });
      return entity === undefined ? undefined : owned(entity);
    },
    editEntity: (blueprint, identifier, changes) => {
      const { entity } = writeEntity(
        catalog,
        catalog.blueprint(blueprint),
        parseEntity({ ...changes, identifier }),
        {
          upsert: true,
          merge: true,
          createMissing: false,
          validationOnly: false,
          writer: personAgent,
        },
      );
      return owned(entity);
    },
    putEntity: ({ createdBy: _creator, updatedBy: _writer, properties, relations, ...rest }) => {
      const { entities } = catalog;
      const sequence = entities.get(rest)?.sequence ?? entities.nextSequence();
      const set = { properties: withoutNull(properties), relations: withoutNull(relations) };
      entities.put({ ...rest, ...set, sequence });
    },
    deleteEntity: (blueprint, identifier) => {
      const entity = catalog.entities.get({ blueprint, identifier });
      if (entity === undefined) throw missing("Entity", identifier);
      deleteEntities(catalog, [entity], true);
    },
    blueprints: () => catalog.blueprints().map(({ json }) => json),
    putBlueprint: (blueprint) => {
      const identifier = String(blueprint["identifier"]);
      if (catalog.findBlueprint(identifier) === undefined) catalog.createBlueprint(blueprint);
      else catalog.replaceBlueprint(identifier, blueprint);
    },
    webhooks: () => world.webhooks.all(),
    webhookProblems: ingest.problems,
    integration: (identifier) => integrations.find(identifier),
    setIntegrationConfig: (identifier, config, { resync = true } = {}) => {
      if (integrations.find(identifier) === undefined) {
        integrations.create({ installationId: identifier, installationAppType: "pagerduty" });
      }
      integrations.change(identifier, { config }, { resync });
    },
    requestResync: (identifier) => integrations.requestResync(identifier),
    revokeTokens: () => tokens.revoke(),
    replaceCredentials: (clients) => tokens.replace(clients),
  };
}

function withoutNull<Value>(
  values: Readonly<Record<string, Value>>,
): Readonly<Record<string, NonNullable<Value>>> {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(set) as Record<string, NonNullable<Value>>;
}
