import { checkBlueprintIdentifier } from "./identifier.ts";
import { isObject, type JsonObject } from "./json-object.ts";
import { invalid, missing, taken } from "./port-errors.ts";

/** One installed integration. */
export interface Integration {
  /** What `GET /v1/integration/:id` gives. */
  readonly json: JsonObject;
  /** When a resync was last asked for, ISO 8601. */
  readonly resyncRequestedAt: string | undefined;
  /** Raw examples by kind, as they were last reported. */
  readonly examples: Readonly<Record<string, readonly unknown[]>>;
  /** Every resync state that was reported, in order. */
  readonly resyncStates: readonly JsonObject[];
}

/** The integrations of an organisation. */
export class Integrations {
  readonly #all = new Map<string, Integration>();
  readonly #now: () => string;

  /** @param now ISO 8601 */
  constructor(now: () => string) {
    this.#now = now;
  }

  all(): Integration[] {
    return [...this.#all.values()];
  }

  find(identifier: string): Integration | undefined {
    return this.#all.get(identifier);
  }

  /** 404 where there is none. */
  get(identifier: string): Integration {
    const found = this.#all.get(identifier);
    if (found === undefined) throw missing("Integration", identifier);
    return found;
  }

  /** 409 where there is one of its `installationId`. */
  create(sent: JsonObject): Integration {
    const identifier = checkBlueprintIdentifier(sent["installationId"]);
    if (this.#all.has(identifier)) throw taken("Integration", identifier);
    const now = this.#now();
    const integration: Integration = {
      json: {
        _id: `sandbox_integration_${this.#all.size + 1}`,
        installationType: "OnPrem",
        resyncState: {},
        arePortResourcesInitialized: false,
        ...sent,
        identifier,
        config: configOf(sent["config"] ?? {}),
        createdAt: now,
        updatedAt: now,
      },
      resyncRequestedAt: undefined,
      examples: {},
      resyncStates: [],
    };
    this.#all.set(identifier, integration);
    return integration;
  }

  /**
   * Changes the fields that are named. A new `config` also asks for a resync, as saving a mapping in
   * Port does.
   *
   * @param options.resync false: without asking for one
   */
  change(
    identifier: string,
    changes: JsonObject,
    options: { readonly resync: boolean },
  ): Integration {
    const before = this.get(identifier);
    const config = "config" in changes ? { config: configOf(changes["config"]) } : {};
    const now = this.#now();
    const asks = "config" in changes && options.resync;
    return this.#keep(identifier, {
      ...before,
      json: { ...before.json, ...changes, ...config, identifier, updatedAt: now },
      resyncRequestedAt: asks ? now : before.resyncRequestedAt,
    });
  }

  /** Asks the integration to resync, as the button in Port does. */
  requestResync(identifier: string): void {
    this.#keep(identifier, { ...this.get(identifier), resyncRequestedAt: this.#now() });
  }

  /** Merges a part of the resync state into it. */
  reportState(identifier: string, state: JsonObject): void {
    const before = this.get(identifier);
    const known = isObject(before.json["resyncState"]) ? before.json["resyncState"] : {};
    this.#keep(identifier, {
      ...before,
      json: { ...before.json, resyncState: { ...known, ...state } },
      resyncStates: [...before.resyncStates, state],
    });
  }

  /** Keeps the examples of a kind in the place of those before. */
  reportExamples(identifier: string, kind: string, examples: unknown): void {
    if (!Array.isArray(examples)) throw invalid("examples must be array");
    const before = this.get(identifier);
    this.#keep(identifier, { ...before, examples: { ...before.examples, [kind]: examples } });
  }

  delete(identifier: string): void {
    this.get(identifier);
    this.#all.delete(identifier);
  }

  #keep(identifier: string, integration: Integration): Integration {
    this.#all.set(identifier, integration);
    return integration;
  }
}

/** A mapping as it is stored: an object, or null. */
function configOf(value: unknown): JsonObject | null {
  if (value === null || isObject(value)) return value;
  throw invalid("config must be object");
}
