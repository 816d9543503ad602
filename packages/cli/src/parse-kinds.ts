import { ConfigError, findNearestName, type Mapping } from "@pagerport/core";

/**
 * Reads `--kinds`.
 *
 * @returns undefined where all are meant
 * @throws {ConfigError} naming a kind that the mapping does not have
 */
export function parseKinds(text: string | undefined, mapping: Mapping): string[] | undefined {
  if (text === undefined) return undefined;
  const known = [...new Set(mapping.resources.map(({ kind }) => kind))];
  const wanted = text.split(",").map((kind) => kind.trim());
  const wrong = wanted.find((kind) => !known.some((name) => name === kind));
  if (wrong === undefined) return wanted;
  const nearest = findNearestName(wrong, known);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new ConfigError(
    `--kinds must name kinds of the mapping (${known.join(", ")}): it names '${wrong}'.${hint}`,
    { setting: "--kinds" },
  );
}
