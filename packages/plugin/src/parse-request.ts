import { InputError } from "@backstage/errors";
import type { ResyncType, WantedRestore } from "./operations.ts";

/**
 * Reads what sort of resync is asked for: `{"type": "delta"}`; of everything where nothing is said.
 *
 * @throws {InputError} where it is neither
 */
export function parseResync(body: unknown): ResyncType {
  const { type = "full" } = (body ?? {}) as { readonly type?: unknown };
  if (type === "full" || type === "delta") return type;
  throw new InputError("The type of a resync must be 'full' or 'delta'");
}

/**
 * Reads what is to be put back: `{"run": 7}`, or `{"run": "events", "since": "2026-01-31T09:00:00Z"}`.
 *
 * @throws {InputError} naming the field that is wrong
 */
export function parseRestore(body: unknown): WantedRestore {
  const { run, since, identifiers, overwrite = false } = (body ?? {}) as Record<string, unknown>;
  if (run !== "events" && (!Number.isSafeInteger(run) || Number(run) < 1)) {
    throw new InputError("run must be the number of a run, or 'events': GET /deletions lists them");
  }
  if (typeof overwrite !== "boolean") throw new InputError("overwrite must be true or false");
  return {
    run: run === "events" ? run : Number(run),
    since: parseMoment(since),
    identifiers: parseIdentifiers(identifiers),
    overwrite,
  };
}

function parseMoment(since: unknown): number | undefined {
  if (since === undefined) return undefined;
  const moment = typeof since === "string" ? Date.parse(since) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new InputError("since must be a moment like 2026-01-31T09:00:00Z");
}

function parseIdentifiers(identifiers: unknown): ReadonlySet<string> | undefined {
  if (identifiers === undefined) return undefined;
  const isText = (value: unknown): value is string => typeof value === "string";
  if (Array.isArray(identifiers) && identifiers.every(isText)) return new Set(identifiers);
  throw new InputError("identifiers must be a list of entities' identifiers");
}
