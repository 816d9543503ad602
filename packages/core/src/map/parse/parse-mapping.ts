import { MappingError, type Mistake } from "../../errors.ts";
import { createJqEngine, type JqEngine } from "../jq/engine.ts";
import type { ItemsToParse, Mapping, Resource, Selection } from "../mapping.ts";
import { createBuilder, type ExpressionBuilder } from "./build-entity-template.ts";
import { checkShape } from "./check-shape.ts";
import { type CompiledExpression, compileExpressions } from "./compile-expressions.ts";
import { type MappingDocument, narrowDocument, readDocument, readObject } from "./document.ts";
import { correctKinds } from "./correct-kinds.ts";
import { type ExpressionSite, findMappingExpressions } from "./find-expressions.ts";
import { findListPath } from "./list-path.ts";
import { mappingSchema, type ResourceSource } from "./mapping-schema.ts";
import { normaliseRootKeys } from "./root-keys.ts";

export interface ParseOptions {
  /** The name that mistakes give as their file. */
  readonly file?: string;
  /** The keys under which the document that is meant lies in the source. @default the whole source */
  readonly within?: readonly string[];
  /**
   * Checks the expressions that only jq understands.
   * @default one of its own, closed again before this returns
   */
  readonly engine?: JqEngine;
}

/**
 * Reads and checks a mapping.
 *
 * @param source YAML or JSON text, or a mapping that Port's API gave as an object.
 * @throws MappingError with every mistake in it: of syntax, or of keys, values and jq together.
 */
export async function parseMapping(source: unknown, options: ParseOptions = {}): Promise<Mapping> {
  const document = narrowDocument(openDocument(source, options.file), options.within ?? []);
  const renamed = normaliseRootKeys(document);
  const corrected = correctKinds(renamed.value, document);
  const { value } = corrected;
  const sites = findMappingExpressions(value);
  const checked = checkShape({ ...document, value }, mappingSchema);
  const compiled = await compileSites(sites, options.engine);
  const mistakes = [
    ...renamed.mistakes,
    ...corrected.mistakes,
    ...("mistakes" in checked ? checked.mistakes : []),
    ...findExpressionMistakes(sites, compiled, document),
  ];
  if (mistakes.length > 0 || "mistakes" in checked) throw new MappingError(inOrder(mistakes));

  const builder = createBuilder(compiled);
  const { resources, ...flags } = checked.value;
  return {
    file: options.file,
    document: value,
    enableMergeEntity: flags.enableMergeEntity,
    deleteDependentEntities: flags.deleteDependentEntities,
    createMissingRelatedEntities: flags.createMissingRelatedEntities,
    entityDeletionThreshold: flags.entityDeletionThreshold,
    resources: resources.map((resource, index) => buildResource(resource, index, builder)),
  };
}

/** Text is read as YAML, of which JSON is a part; anything else is taken as it is. */
export function openDocument(source: unknown, file: string | undefined): MappingDocument {
  if (typeof source !== "string") return readObject(source, file);
  const document = readDocument(source, file);
  if ("mistakes" in document) throw new MappingError(document.mistakes);
  return document;
}

/** Compiles the expressions of a document, and the two that an unquoted condition stands for. */
export async function compileSites(
  sites: readonly ExpressionSite[],
  engine: JqEngine | undefined,
): Promise<ReadonlyMap<string, CompiledExpression>> {
  const sources = ["true", "false", ...sites.map((site) => site.source)];
  if (engine !== undefined) return compileExpressions(sources, engine);
  const own = createJqEngine();
  try {
    return await compileExpressions(sources, own);
  } finally {
    await own.close();
  }
}

/** What jq has against the expressions of a document, each where it stands. */
export function findExpressionMistakes(
  sites: readonly ExpressionSite[],
  compiled: ReadonlyMap<string, CompiledExpression>,
  document: MappingDocument,
): Mistake[] {
  return sites.flatMap(({ path, source }) => {
    const result = compiled.get(source);
    if (result === undefined || "expression" in result) return [];
    const shown = [result.error, quote(source)].filter((part) => part !== "").join(": ");
    return [document.mistakeAt(path, `not valid jq: ${shown}${hintFor(source)}`)];
  });
}

/** From the top of the file down, as they are read. */
export function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

function buildResource(
  source: ResourceSource,
  index: number,
  builder: ExpressionBuilder,
): Resource {
  const { kind, port } = source;
  const { query, ...settings } = source.selector;
  const { mappings } = port.entity;
  return {
    index,
    kind,
    selection: { kind, selector: settings } as Selection,
    query: builder.expression(query),
    items: buildItems(port, builder),
    entities: (Array.isArray(mappings) ? mappings : [mappings]).map((one) =>
      builder.entity(one, builder.expression(one.blueprint)),
    ),
  };
}

function buildItems(
  port: ResourceSource["port"],
  builder: ExpressionBuilder,
): ItemsToParse | undefined {
  if (typeof port.itemsToParse !== "string") return undefined;
  const list = builder.expression(port.itemsToParse);
  return {
    list,
    name: port.itemsToParseName,
    leftOut: port.itemsToParseTopLevelTransform ? findListPath(list.source) : undefined,
  };
}

/** A single word is most often meant as a text. */
function hintFor(source: string): string {
  const isWord = /^[\w-]+$/.test(source.trim()) && Number.isNaN(Number(source));
  return isWord ? `; write '"${source.trim()}"' for that text` : "";
}

/** The longest part of an expression that a message shows. */
const shownCharacters = 120;

function quote(source: string): string {
  const line = source
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}
