import { ConfigError } from "../../errors.ts";
import type { Sql } from "../../store/sql.ts";
import { keepState, readState } from "../../store/state.ts";

/** What a person says of other integrations that own what the mapping makes. */
export interface OwnershipRules {
  /**
   * Integrations whose entities are written from here on; it is remembered. What one of these wrote again
   * after it was taken over stays with it.
   */
  readonly takeOver?: readonly string[] | undefined;
  /** The same, also of what was written again by its owner. */
  readonly takeOverAgain?: readonly string[] | undefined;
  /** Integrations whose entities are meant to stay theirs: nothing is undone because of them. */
  readonly leaveTo?: readonly string[] | undefined;
}

/** {@link OwnershipRules}, with what earlier runs were told. */
export interface KnownRules {
  readonly takeOver: ReadonlySet<string>;
  readonly takeOverAgain: ReadonlySet<string>;
  readonly leaveTo: ReadonlySet<string>;
  /** What earlier runs were told, as it is stored. */
  readonly remembered: string;
}

const stateName = "take-over";

/**
 * Joins what is said now with what is remembered; what is now left to an integration is no longer taken
 * over from it.
 *
 * @throws {ConfigError} where an integration is in both
 */
export async function readRules(sql: Sql, rules: OwnershipRules): Promise<KnownRules> {
  const { takeOver = [], takeOverAgain = [], leaveTo = [] } = rules;
  const both = [...takeOver, ...takeOverAgain].find((name) => leaveTo.includes(name));
  if (both !== undefined) {
    throw new ConfigError(
      `takeOver and leaveTo both name '${both}': its entities are either taken over or left to it`,
      { setting: "takeOver" },
    );
  }
  const kept = await readState(sql, stateName);
  const remembered = kept?.value ?? "[]";
  const earlier = readNames(remembered).filter((name) => !leaveTo.includes(name));
  return {
    remembered,
    takeOver: new Set([...earlier, ...takeOver, ...takeOverAgain]),
    takeOverAgain: new Set(takeOverAgain),
    leaveTo: new Set(leaveTo),
  };
}

/** Remembers from whom is taken over, besides what another process was told since these were read. */
export async function keepRules(sql: Sql, { takeOver, remembered }: KnownRules): Promise<void> {
  if (writeNames(takeOver) === remembered) return;
  await sql.transaction(async (inside) => {
    const now = (await readState(inside, stateName))?.value ?? "[]";
    const before = new Set(readNames(remembered));
    const added = readNames(now).filter((name) => !before.has(name));
    await keepState(inside, stateName, writeNames([...takeOver, ...added]));
  });
}

function readNames(text: string): string[] {
  return JSON.parse(text) as string[];
}

function writeNames(names: Iterable<string>): string {
  return JSON.stringify([...new Set(names)].toSorted());
}
