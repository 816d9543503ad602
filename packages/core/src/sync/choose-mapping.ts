import { readDefaultFile } from "../map/defaults.ts";
import type { JqEngine } from "../map/jq/engine.ts";
import type { Mapping } from "../map/mapping.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";

export interface ChooseMappingOptions {
  /** The one that the user gave for this run, its text read. */
  readonly given?:
    | {
        /** What mistakes call its file. */
        readonly name: string;
        readonly text: string;
        /** The keys under which the mapping lies in the text. @default the whole text */
        readonly within?: readonly string[];
      }
    | undefined;
  readonly integrationIdentifier: string;
  /**
   * Asks Port for the mapping of the integration (its `config`), only where none is given: null where the
   * integration has none, undefined where there is no integration.
   */
  readonly readStored: () => Promise<unknown>;
  /** Checks the expressions that only jq understands. @default one of its own */
  readonly engine?: JqEngine | undefined;
}

/** The mapping of a run, and where it is from. */
export interface ChosenMapping {
  /**
   * Undefined where there is one without resources: then nothing is to be read and nothing deleted. A
   * mapping that was emptied by mistake must not empty the catalog.
   */
  readonly mapping: Mapping | undefined;
  readonly from: "given" | "stored" | "default";
  /** For a person: a file's name, `the mapping of integration X in Port`, `the default mapping`. */
  readonly name: string;
}

/**
 * Chooses and checks the mapping of a run: what the user gives, else what Port has stored with the
 * integration, else our default.
 *
 * @throws {MappingError} naming the mapping that it chose, with every mistake in it
 */
export async function chooseMapping(options: ChooseMappingOptions): Promise<ChosenMapping> {
  const { given, engine } = options;
  const parse = async (
    source: unknown,
    from: ChosenMapping["from"],
    name: string,
    within: readonly string[] = [],
  ): Promise<ChosenMapping> => {
    const parsed = { file: name, within, ...(engine === undefined ? {} : { engine }) };
    const mapping = await parseMapping(source, parsed);
    return { mapping: mapping.resources.length > 0 ? mapping : undefined, from, name };
  };
  if (given !== undefined) return parse(given.text, "given", given.name, given.within);

  const stored = await options.readStored();
  if (stored === undefined) {
    return parse(readDefaultFile("mapping.yaml"), "default", "the default mapping");
  }
  const name = `the mapping of integration ${options.integrationIdentifier} in Port`;
  return parse(withResources(stored), "stored", name);
}

/** Port keeps `{}`, null or flags alone for a mapping that nobody has written yet: it has no resources. */
function withResources(stored: unknown): unknown {
  if (stored === null || stored === "") return { resources: [] };
  if (typeof stored !== "object" || Array.isArray(stored)) return stored;
  const { resources = null } = stored as { readonly resources?: unknown };
  return resources === null ? { ...stored, resources: [] } : stored;
}
