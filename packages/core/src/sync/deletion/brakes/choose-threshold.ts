import { defaultDeletionThreshold } from "../../../config/table/runs.ts";

/**
 * The share of a blueprint that may go in seven days: what the mapping says, but at most what a person
 * has set as the highest.
 *
 * @param wanted `entityDeletionThreshold` of the mapping
 * @param highest `PAGERPORT_DELETION_THRESHOLD` @default {@link defaultDeletionThreshold}
 */
export function chooseThreshold(wanted: number, highest = defaultDeletionThreshold): number {
  return Math.min(wanted, highest);
}
