import { ConfigError, findNearestName, listBlueprints, type PortClient } from "@pagerport/core";

/**
 * Checks names of blueprints that flags were given; where none was, Port is not asked.
 *
 * @param given names by flag
 * @throws {ConfigError} naming the first that Port has no blueprint of, and what was probably meant
 */
export async function checkBlueprintNames(
  port: PortClient,
  given: Readonly<Record<string, readonly string[]>>,
  signal: AbortSignal,
): Promise<void> {
  const names = Object.entries(given).flatMap(([flag, ofFlag]) =>
    ofFlag.map((name) => [flag, name] as const),
  );
  if (names.length === 0) return;
  const known = await listBlueprints(port, signal);
  for (const [flag, name] of names) {
    if (known.has(name)) continue;
    const nearest = findNearestName(name, known.keys());
    const hint = nearest === undefined ? "" : `. Did you mean ${nearest}?`;
    throw new ConfigError(`${flag}: Port has no blueprint ${name}${hint}`, { setting: flag });
  }
}
