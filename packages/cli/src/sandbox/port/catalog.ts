import type { SandboxClock } from "../sandbox-clock.ts";
import { type Blueprint, parseBlueprint } from "./blueprint.ts";
import { type EntityRef, EntityStore, type StoredEntity } from "./entity-store.ts";
import type { JsonObject } from "./json-object.ts";
import type { PortBehaviour } from "./port-behaviour.ts";
import { invalid, missing, PortProblem, taken } from "./port-errors.ts";

/** Blueprints and entities of one Port organisation. */
export class Catalog {
  readonly entities: EntityStore;
  readonly #blueprints = new Map<string, Blueprint>();
  readonly #clock: SandboxClock;
  readonly #behaviour: () => PortBehaviour;

  constructor(clock: SandboxClock, behaviour: () => PortBehaviour) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.entities = new EntityStore((entity) => this.#targetsOf(entity));
  }

  /** How it behaves now. */
  get behaviour(): PortBehaviour {
    return this.#behaviour();
  }

  /** What time it is, ISO 8601 with milliseconds. */
  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** Every blueprint, in the order they were created in. */
  blueprints(): Blueprint[] {
    return [...this.#blueprints.values()];
  }

  findBlueprint(identifier: string): Blueprint | undefined {
    return this.#blueprints.get(identifier);
  }

  /** The blueprint of that identifier; 404 where there is none. */
  blueprint(identifier: string): Blueprint {
    const found = this.#blueprints.get(identifier);
    if (found === undefined) throw missing("Blueprint", identifier);
    return found;
  }

  /** 409 where there is one of its identifier. */
  createBlueprint(sent: JsonObject): Blueprint {
    const now = this.now();
    const blueprint = parseBlueprint(sent, { createdAt: now, updatedAt: now });
    if (this.#blueprints.has(blueprint.identifier)) throw taken("Blueprint", blueprint.identifier);
    return this.#keep(blueprint);
  }

  /** Puts another blueprint in the place of one. Its entities stay as they are. */
  replaceBlueprint(identifier: string, sent: JsonObject): Blueprint {
    const before = this.blueprint(identifier);
    const createdAt = String(before.json["createdAt"]);
    const blueprint = parseBlueprint({ identifier, ...sent }, { createdAt, updatedAt: this.now() });
    if (blueprint.identifier !== identifier) {
      throw invalid("identifier of a blueprint cannot be changed");
    }
    return this.#keep(blueprint);
  }

  /** Changes the top-level fields that are named, and no others. */
  changeBlueprint(identifier: string, changes: JsonObject): Blueprint {
    const before = this.blueprint(identifier).json;
    // The API's schema gives both an empty default, and no document says what that does to a change.
    const cleared =
      this.behaviour.computedLeftOut === "clear"
        ? { calculationProperties: {}, aggregationProperties: {} }
        : {};
    return this.replaceBlueprint(identifier, { ...before, ...cleared, ...changes });
  }

  /** 422 where it has entities, or other blueprints relate to it. */
  deleteBlueprint(identifier: string): void {
    this.blueprint(identifier);
    if (this.entities.countOf(identifier) > 0) {
      throw new PortProblem(422, "has_dependents", `Blueprint "${identifier}" has entities`);
    }
    const dependent = this.blueprints().find(
      (blueprint) =>
        blueprint.identifier !== identifier &&
        Object.values(blueprint.relations).some(({ target }) => target === identifier),
    );
    if (dependent !== undefined) {
      throw new PortProblem(
        422,
        "has_dependents",
        `Blueprint "${dependent.identifier}" relates to "${identifier}"`,
      );
    }
    this.#blueprints.delete(identifier);
  }

  #keep(blueprint: Blueprint): Blueprint {
    for (const [name, { target }] of Object.entries(blueprint.relations)) {
      if (target !== blueprint.identifier && !this.#blueprints.has(target)) {
        throw new PortProblem(
          422,
          "invalid_relation",
          `Target blueprint "${target}" of relation "${name}" does not exist`,
        );
      }
    }
    for (const [name, path] of Object.entries(blueprint.mirrors)) {
      const [relation = ""] = path.split(".");
      if (blueprint.relations[relation] === undefined) {
        throw invalid(`mirrorProperties.${name}: there is no relation "${relation}"`);
      }
    }
    this.#blueprints.set(blueprint.identifier, blueprint);
    return blueprint;
  }

  #targetsOf(entity: StoredEntity): EntityRef[] {
    const relations = this.#blueprints.get(entity.blueprint)?.relations ?? {};
    return Object.entries(entity.relations).flatMap(([name, value]) => {
      const blueprint = relations[name]?.target;
      if (blueprint === undefined) return [];
      return listOf(value).map((identifier) => ({ blueprint, identifier }));
    });
  }
}

/** One identifier or many, as many. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
