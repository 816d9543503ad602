import type { Mapping } from "../../../map/mapping.ts";
import type { SettledRun } from "../../../store/deletion/settled-runs.ts";
import type { BrakesInput } from "./apply-brakes.ts";
import { describeReader } from "./describe-reader.ts";

/**
 * Why the reader of a blueprint is another one than in the run that settled it last; empty texts where it
 * is the same, or where no such run is known.
 *
 * @param tokenOwner see `readTokenOwner`; null = it does not matter
 */
export function compareReader(
  mapping: Pick<Mapping, "resources">,
  settled: SettledRun | undefined,
  tokenOwner: string | undefined | null,
): BrakesInput["reader"] {
  if (settled === undefined) return { mapping: "", owner: "" };
  const { blueprint } = settled;
  const isSame = describeReader(mapping, blueprint) === settled.reader;
  return {
    mapping: isSame
      ? ""
      : `the mapping reads or names ${blueprint} otherwise than in the last run that settled it`,
    owner: tokenOwner === null ? "" : compareOwner(settled.tokenOwner, tokenOwner),
  };
}

function compareOwner(before: string, now: string | undefined): string {
  if (now === before) return "";
  if (now === undefined) return "PagerDuty did not tell whose token it is";
  return `the token is another one's than in the last run that settled it: ${before} then, ${now} now`;
}
