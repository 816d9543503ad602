import { HttpError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { listComputed, readBlueprint } from "./blueprint.ts";
import { findEntities } from "./find-entities.ts";
import { ownerSuffix, searchOwnedEntities } from "./list-owned-entities.ts";
import type { PortClient } from "./port-client.ts";
import { searchEntities } from "./search-entities.ts";

/** Names in one search, see {@link findEntities}. */
const mostNames = 100;

/** What the `$datasource` of every integration's entities begins with. */
export const anyIntegration = "port-ocean/";

export interface FindForeignOptions {
  readonly port: PortClient;
  /** Ours. */
  readonly integrationIdentifier: string;
  readonly blueprint: string;
  readonly identifiers: readonly string[];
  /** What other integrations are called, the likeliest first; asked for only where something is found. */
  readonly listNames: () => Promise<readonly string[]>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds which of some entities of a blueprint another integration owns, by identifier, with that one's
 * name: undefined where it is none of `listNames`. Port tells no owner, it only filters by it: one search
 * where nothing is found. What Port made empty, for a relation to lead to, belongs to nobody yet.
 */
export async function findForeign(
  options: FindForeignOptions,
): Promise<Map<string, string | undefined>> {
  const foreign = new Map<string, string | undefined>();
  for (let start = 0; start < options.identifiers.length; start += mostNames) {
    const identifiers = options.identifiers.slice(start, start + mostNames);
    for (const [identifier, owner] of await findPart({ ...options, identifiers })) {
      foreign.set(identifier, owner);
    }
  }
  return foreign;
}

async function findPart(options: FindForeignOptions): Promise<Map<string, string | undefined>> {
  const titles = new Map<string, unknown>();
  try {
    const query = ruleOf(options.identifiers, anyIntegration);
    for await (const page of searchEntities(options.port, {
      ...options,
      query,
      fields: ["title"],
    })) {
      for (const { identifier, content } of page) titles.set(identifier, content?.["title"]);
    }
  } catch (error) {
    // Who writes into a blueprint that Port does not have hears of it.
    if (error instanceof HttpError && error.status === 404) return new Map();
    throw error;
  }
  if (titles.size > 0) await leaveOutOurs(titles, options);
  if (titles.size > 0) await leaveOutEmpty(titles, options);
  return titles.size === 0 ? new Map() : nameOwners([...titles.keys()], options);
}

async function leaveOutOurs(
  titles: Map<string, unknown>,
  { port, integrationIdentifier, blueprint, signal }: FindForeignOptions,
): Promise<void> {
  const identifiers = [...titles.keys()];
  const ours = { blueprint, integrationIdentifier, identifiers, fields: [], signal };
  for await (const page of searchOwnedEntities(port, ours)) {
    for (const { identifier } of page) titles.delete(identifier);
  }
}

async function leaveOutEmpty(
  titles: Map<string, unknown>,
  { port, blueprint, signal }: FindForeignOptions,
): Promise<void> {
  const untitled = [...titles]
    .filter(([identifier, title]) => isNothing(title) || title === identifier)
    .map(([identifier]) => identifier);
  if (untitled.length === 0) return;
  const computed = listComputed(await readBlueprint(port, blueprint, signal));
  for (const [identifier, { content = {} }] of await findEntities(port, blueprint, untitled, {
    signal,
  })) {
    if (isEmpty(content, computed)) titles.delete(identifier);
  }
}

/** Tries one integration after the other: what an entity's owner is called can only be guessed. */
async function nameOwners(
  identifiers: readonly string[],
  { port, blueprint, listNames, signal }: FindForeignOptions,
): Promise<Map<string, string | undefined>> {
  const owners = new Map<string, string | undefined>(
    identifiers.map((identifier) => [identifier, undefined]),
  );
  let unnamed = identifiers;
  for (const name of await listNames()) {
    if (unnamed.length === 0) break;
    const query = ruleOf(unnamed, anyIntegration, ownerSuffix(name));
    for await (const page of searchEntities(port, { blueprint, query, fields: [], signal })) {
      for (const { identifier } of page) owners.set(identifier, name);
    }
    unnamed = unnamed.filter((identifier) => owners.get(identifier) === undefined);
  }
  return owners;
}

function ruleOf(identifiers: readonly string[], ...owners: readonly string[]): JsonObject {
  return {
    combinator: "and",
    rules: [
      { property: "$identifier", operator: "in", value: [...identifiers] },
      ...owners.map((value) => ({ property: "$datasource", operator: "contains", value })),
    ],
  };
}

/** Whether there is nothing in an entity but what Port computes. */
function isEmpty(content: JsonObject, computed: ReadonlySet<string>): boolean {
  const isIn = (group: "properties" | "relations"): boolean =>
    Object.entries(content[group] ?? {}).some(
      ([name, value]) => !computed.has(`${group}.${name}`) && !isNothing(value),
    );
  return isNothing(content["team"]) && !isIn("properties") && !isIn("relations");
}

function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}
