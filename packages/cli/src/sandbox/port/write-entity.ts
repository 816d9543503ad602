import { randomUUID } from "node:crypto";
import { type Blueprint, isComputed } from "./blueprint.ts";
import { type Catalog, listOf } from "./catalog.ts";
import { faultOfValue } from "./check-value.ts";
import { type EntityRef, keyOf, type StoredEntity } from "./entity-store.ts";
import { isSame, type JsonObject } from "./json-object.ts";
import { ownerAfter } from "./ownership.ts";
import type { EntityInput } from "./parse-entity.ts";
import { invalid, missing, PortProblem, taken } from "./port-errors.ts";
import { resolveRelation } from "./resolve-relation.ts";
import { searchEntities } from "./search-entities.ts";

/** How an entity is to be written. */
export interface WriteOptions {
  readonly upsert: boolean;
  /** Keep what is not mentioned, instead of clearing it. */
  readonly merge: boolean;
  readonly createMissing: boolean;
  readonly validationOnly: boolean;
  /** User-Agent of the writer. */
  readonly writer: string;
}

/** What a write came to. */
export interface Written {
  readonly entity: StoredEntity;
  readonly created: boolean;
}

/** Writes one entity by the rules of its blueprint; throws 404, 409 or 422, and then nothing is changed. */
export function writeEntity(
  catalog: Catalog,
  blueprint: Blueprint,
  input: EntityInput,
  options: WriteOptions,
): Written {
  const identifier = identifierOf(catalog, blueprint, input);
  const existing = catalog.entities.get({ blueprint: blueprint.identifier, identifier });
  if (existing !== undefined && !options.upsert) throw taken("Entity", identifier);

  const kept = options.merge ? existing : undefined;
  const properties = nextProperties(blueprint, input.properties, kept?.properties ?? {});
  const stubs = new Map<string, EntityRef>();
  const relations: Record<string, string | readonly string[]> = { ...kept?.relations };
  for (const [name, sent] of Object.entries(input.relations)) {
    const resolved = resolveRelation(catalog, blueprint, name, sent);
    if (resolved === undefined) Reflect.deleteProperty(relations, name);
    else relations[name] = resolved;
    for (const target of missingTargets(catalog, blueprint, name, resolved, identifier)) {
      if (!options.createMissing) throw missing(`Entity of ${target.blueprint}`, target.identifier);
      stubs.set(keyOf(target), target);
    }
  }
  checkRequired(blueprint, properties, relations);

  const now = catalog.now();
  const entity: StoredEntity = {
    blueprint: blueprint.identifier,
    identifier,
    sequence: existing?.sequence ?? 0,
    title: input.title ?? kept?.title ?? null,
    icon: input.icon ?? kept?.icon ?? null,
    team: input.team ?? kept?.team ?? [],
    properties,
    relations,
    datasource: ownerAfter(existing?.datasource, options.writer, catalog.behaviour.ownership),
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  };
  if (options.validationOnly) return { entity, created: existing === undefined };
  for (const stub of stubs.values()) createStub(catalog, stub, options.writer);
  return { entity: keep(catalog, entity, existing), created: existing === undefined };
}

function keep(
  catalog: Catalog,
  entity: StoredEntity,
  existing: StoredEntity | undefined,
): StoredEntity {
  if (existing === undefined) {
    const created = { ...entity, sequence: catalog.entities.nextSequence() };
    catalog.entities.put(created);
    return created;
  }
  const { touchUnchanged } = catalog.behaviour;
  if (!touchUnchanged && isSame(existing, { ...entity, updatedAt: existing.updatedAt })) {
    return existing;
  }
  catalog.entities.put(entity);
  return entity;
}

function identifierOf(catalog: Catalog, blueprint: Blueprint, input: EntityInput): string {
  const { identifier } = input;
  if (identifier === undefined) return `e_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  if (typeof identifier === "string") return identifier;
  const [found, ...others] = searchEntities(
    catalog,
    identifier,
    catalog.entities.of(blueprint.identifier),
  );
  if (found === undefined || others.length > 0) {
    throw new PortProblem(404, "not_found", "The identifier's query must match exactly one entity");
  }
  return found.identifier;
}

/** The properties after a write: null clears, and what cannot be is refused. */
function nextProperties(blueprint: Blueprint, sent: JsonObject, kept: JsonObject): JsonObject {
  const next: Record<string, unknown> = { ...kept };
  for (const [name, value] of Object.entries(sent)) {
    const path = `properties.${name}`;
    if (isComputed(blueprint, name)) {
      throw invalid(`${path} is computed and cannot be written`);
    }
    const rule = blueprint.properties[name];
    if (rule === undefined) {
      throw invalid(`${path}: blueprint "${blueprint.identifier}" has no such property`);
    }
    if (value === null) {
      Reflect.deleteProperty(next, name);
      continue;
    }
    const fault = faultOfValue(value, rule);
    if (fault !== undefined) throw invalid(`${path} ${fault}`);
    next[name] = value;
  }
  return next;
}

function missingTargets(
  catalog: Catalog,
  blueprint: Blueprint,
  relation: string,
  resolved: string | readonly string[] | undefined,
  self: string,
): EntityRef[] {
  const target = blueprint.relations[relation]?.target ?? "";
  return listOf(resolved)
    .map((identifier) => ({ blueprint: target, identifier }))
    .filter((ref) => {
      const isSelf = target === blueprint.identifier && ref.identifier === self;
      return !isSelf && catalog.entities.get(ref) === undefined;
    });
}

function checkRequired(blueprint: Blueprint, properties: JsonObject, relations: JsonObject): void {
  const property = blueprint.required.find((name) => properties[name] === undefined);
  if (property !== undefined) throw invalid(`properties must have required property "${property}"`);
  const relation = Object.entries(blueprint.relations).find(
    ([name, { required }]) => required && relations[name] === undefined,
  );
  if (relation !== undefined)
    throw invalid(`relations must have required relation "${relation[0]}"`);
}

/** Makes an entity that has nothing but its identifier, for a relation to lead to. */
function createStub(catalog: Catalog, ref: EntityRef, writer: string): void {
  const now = catalog.now();
  catalog.entities.put({
    ...ref,
    sequence: catalog.entities.nextSequence(),
    title: null,
    icon: null,
    team: [],
    properties: {},
    relations: {},
    datasource: catalog.behaviour.stubsOwned ? writer : "",
    createdAt: now,
    updatedAt: now,
  });
}
