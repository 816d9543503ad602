import { PagerportError } from "../../errors.ts";
import type { CatalogCheck } from "../../store/notes/check-note.ts";
import { judgeVerify, type VerifyReport } from "../verify-report.ts";

/**
 * What is remembered of a verification.
 *
 * @throws {PagerportError} when nothing could be compared: the last one that told something stays
 */
export function summariseCheck(
  report: VerifyReport,
  { by, sample }: Pick<CatalogCheck, "by" | "sample">,
): CatalogCheck {
  const verdict = judgeVerify(report);
  if (verdict === "refused" || verdict === "unavailable") {
    const [reason = "no kind could be read"] = report.unfinished;
    throw new PagerportError(`Nothing could be compared: ${reason}`);
  }
  const blueprints = report.blueprints.map(({ blueprint, compared, changed, missing, extra }) => ({
    blueprint,
    compared,
    changed,
    missing,
    extra,
  }));
  return { by, sample, verdict, blueprints };
}

/** Differences of all blueprints together. */
export function countDifferences({ blueprints }: Pick<CatalogCheck, "blueprints">): number {
  return blueprints.reduce(
    (sum, { changed, missing, extra }) => sum + changed + missing + extra,
    0,
  );
}
