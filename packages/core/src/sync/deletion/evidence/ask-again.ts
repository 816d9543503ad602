import type { Braked, BrakeCandidate } from "../brakes/apply-brakes.ts";
import { askCandidates, type AskCandidatesOptions } from "./ask-candidates.ts";
import type { Candidate } from "./gather-knowledge.ts";

export interface AskAgainOptions extends Omit<AskCandidatesOptions, "candidates" | "confirmsOnly"> {
  readonly find: (blueprint: string, identifier: string) => Candidate | undefined;
}

const why = "its object answered 404, and not when it was asked for again";

/**
 * Asks once more for what is to go because it answered 404: a moment in which PagerDuty finds nothing may
 * have ended before the control reading and the teams were looked at, which then say that all is well.
 *
 * @returns the same, without what does not answer 404 again: that waits
 */
export async function askAgain<One extends Pick<Braked, "remove" | "waiting">>(
  blueprints: ReadonlyMap<string, One>,
  { find, ...options }: AskAgainOptions,
): Promise<ReadonlyMap<string, One>> {
  const toAsk = [...blueprints].flatMap(([blueprint, { remove }]) =>
    remove.filter(isGone).flatMap(({ identifier }) => find(blueprint, identifier) ?? []),
  );
  if (toAsk.length === 0) return blueprints;
  const { answers } = await askCandidates({
    ...options,
    candidates: toAsk.map((candidate) => ({ candidate, absence: undefined, isAllowed: true })),
    confirmsOnly: false,
  });
  const again = new Map(
    [...blueprints].map(([blueprint, braked]) => {
      const isSure = (one: BrakeCandidate): boolean =>
        !isGone(one) ||
        find(blueprint, one.identifier)?.objects.some((key) => answers.get(key) === "gone") ===
          true;
      const unsure = braked.remove.filter((one) => !isSure(one));
      const waiting = unsure.map((one): BrakeCandidate =>
        Object.assign({ ...one }, { evidence: "waits", why } as const),
      );
      const remove = braked.remove.filter(isSure);
      return [blueprint, { ...braked, remove, waiting: [...braked.waiting, ...waiting] }] as const;
    }),
  );
  return again;
}

function isGone({ evidence }: BrakeCandidate): boolean {
  return evidence === "E5";
}
