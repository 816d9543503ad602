import { rm } from "node:fs/promises";
import { ConfigError } from "../errors.ts";
import type { ImportFingerprint, ImportRun, ImportState } from "../store/import-state.ts";

/** Whether to begin anew: never, whatever is there, or only where the same import is there. */
export type StartOver = boolean | "if-same";

/** What a person knows the parts of a fingerprint by. */
export type FingerprintNames = Partial<
  Record<Exclude<keyof ImportFingerprint, "isInvented">, string>
>;

export interface OpenImportStateOptions {
  /** The progress file; undefined = it is kept nowhere. */
  readonly progress: string | undefined;
  /** Refused objects of the import that is given up when another begins. */
  readonly failed: string | undefined;
  readonly fingerprint: ImportFingerprint;
  /** What must be the same for an import to go on. */
  readonly names: FingerprintNames;
  /** What else to do where they are not, for a person. */
  readonly advice: string;
  readonly fresh: StartOver;
  readonly pid: number;
}

/**
 * Opens the progress of an import and makes sure that it is this import's.
 *
 * @throws {ConfigError} when it belongs to another one, or another process has it
 */
export async function openImportState(options: OpenImportStateOptions): Promise<ImportState> {
  const { progress, failed, fingerprint, fresh, pid } = options;
  // It uses node:sqlite, of which Node 22 warns whoever loads it.
  const store = await import("../store/import-state.ts");
  const state = store.ImportState.open(progress ?? ":memory:", pid);
  try {
    // An import that never got to its first object is nothing to go on with.
    const found = hasBegun(state.run) ? state.fingerprint : undefined;
    // Nor is invented data to an import of real data.
    const isWorthless = found?.isInvented === true && fingerprint.isInvented !== true;
    const known = isWorthless ? undefined : found;
    if (known !== undefined && fresh !== true) refuseOther(known, options);
    if (known === undefined || fresh !== false) state.begin(fingerprint);
    if (fresh !== false && failed !== undefined) await rm(failed, { force: true });
    return state;
  } catch (error) {
    state[Symbol.dispose]();
    throw error;
  }
}

/**
 * Closes the progress of an import. One that never got to its first object leaves nothing that may
 * stand in another's way.
 */
export async function closeImportState(
  state: ImportState,
  files: readonly string[],
): Promise<void> {
  if (!hasBegun(state.run)) {
    // The lock is still held.
    for (const file of files) await rm(file, { force: true });
  }
  state[Symbol.dispose]();
}

function hasBegun(run: ImportRun | undefined): boolean {
  if (run === undefined) return false;
  const { services, incidents } = run.counts;
  return run.number > 1 || run.phase === "done" || services.fetched + incidents.fetched > 0;
}

function refuseOther(
  known: ImportFingerprint,
  { fingerprint: wanted, names, advice, progress }: OpenImportStateOptions,
): void {
  const differing = (Object.keys(names) as (keyof FingerprintNames)[]).filter(
    (name) => known[name] !== wanted[name],
  );
  if (differing.length === 0) return;
  const told = differing.map((name) =>
    // A digest tells a person nothing.
    name === "portUrl" || name === "mapping"
      ? names[name]
      : `${names[name]} (then ${known[name] || "none"}, now ${wanted[name] || "none"})`,
  );
  throw new ConfigError(
    `${progress} belongs to an import with another ${told.join(" and another ")}. Use --fresh to start over, or ${advice}`,
    { setting: differing.map((name) => names[name]).join(", ") },
  );
}
