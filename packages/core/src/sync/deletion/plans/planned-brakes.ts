/**
 * The brakes of which plans are made: those that a person lifts. What `control`, `guard` and `refused` hold
 * nobody's word lets go; the next run looks again.
 */
export const plannedBrakes = ["share", "reader", "empty", "team", "dependents"] as const;

/** What holds entities until a run can judge them: nobody's word lifts it. */
export const unplannedBrakes: ReadonlySet<string> = new Set(["guard", "control", "refused"]);
