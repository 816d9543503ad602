import type { Mapping } from "../map/mapping.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";

/** What a test says of a resource of a mapping. */
export interface ResourceSketch {
  readonly kind: string;
  readonly blueprint: string;
  /** @default `.id` */
  readonly identifier?: string;
  /** @default all */
  readonly query?: string;
  readonly apiQueryParams?: Readonly<Record<string, unknown>>;
  /** `itemsToParse`, its name, and any other part of the entity. */
  readonly items?: Readonly<Record<string, unknown>>;
  readonly entity?: Readonly<Record<string, unknown>>;
}

/** A mapping of resources that make one entity of each object. */
export function parseResources(sketches: readonly ResourceSketch[]): Promise<Mapping> {
  const resources = sketches.map((sketch) => ({
    kind: sketch.kind,
    selector: {
      query: sketch.query ?? "true",
      ...(sketch.apiQueryParams && { apiQueryParams: sketch.apiQueryParams }),
    },
    port: {
      ...sketch.items,
      entity: {
        mappings: {
          identifier: sketch.identifier ?? ".id",
          blueprint: `"${sketch.blueprint}"`,
          ...sketch.entity,
        },
      },
    },
  }));
  return parseMapping(JSON.stringify({ resources }));
}
