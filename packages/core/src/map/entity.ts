import type { JsonObject } from "../json.ts";

/** What Port stores, as its bulk API takes it. */
export interface Entity {
  identifier: string | JsonObject;
  blueprint: string;
  title?: string;
  icon?: string;
  team?: string | string[] | JsonObject;
  properties: JsonObject;
  /** Identifiers, lists of them, search queries, or null. */
  relations: JsonObject;
}

/** Something that one object or one of its fields could not do. Counted, never swallowed. */
export interface Problem {
  /** The object's kind; `webhook` for a request. */
  readonly kind: string;
  /** Position in `resources`, or in the `mappings` of a webhook configuration. */
  readonly resource: number;
  /** The object's id, or `#3` for the third of a page that has none. */
  readonly objectId: string;
  /** Position in the list of `itemsToParse`, where there is one. */
  readonly item: number | undefined;
  /** `selector.query`, `identifier`, `properties.url`, `mappings[1].relations.service` … */
  readonly field: string;
  /** jq's message, or what is wrong with the value. */
  readonly message: string;
}

/** Why an entity could not be made that may well exist in Port. */
export type WithheldBy =
  | "itemsToParse"
  | "selector"
  | "identifier"
  | "blueprint"
  | "title"
  | "icon";

/** An entity that was not made because something failed, and so must not be deleted either. */
export interface Withheld {
  readonly by: WithheldBy;
  /** What could still be computed of it. Where either is missing, it could be any entity. */
  readonly identifier: string | undefined;
  readonly blueprint: string | undefined;
}

/** Everything that one object gave. */
export interface MappedObject {
  /** The object's id, or `#3` for the third of a page that has none. */
  readonly id: string;
  /** Whether the selector took it, or one of its items. */
  readonly selected: boolean;
  readonly entities: readonly Entity[];
  /** Entities that have no identifier or no blueprint, because that is what the mapping says. */
  readonly skipped: number;
  readonly withheld: readonly Withheld[];
  readonly problems: readonly Problem[];
}

/** Port's rule for identifiers, from its API's schema. */
const identifierPattern = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$/u;

/** Port's limit for identifiers, from its API's schema. */
const maxIdentifierLength = 1000;

/** Whether Port would take a text as an identifier. */
export function isIdentifier(text: string): boolean {
  return text.length <= maxIdentifierLength && identifierPattern.test(text);
}
