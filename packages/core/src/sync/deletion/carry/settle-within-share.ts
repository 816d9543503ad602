import { settleRelations } from "./settle-relations.ts";
import type { SettledRelations, SettleRelationsOptions } from "./settled-relations.ts";

/**
 * {@link settleRelations}, where dependents count in their own blueprint's share: where they would be too
 * many, what they cannot be without is held back instead.
 *
 * @param fitsShare whether so many more of a blueprint may go
 */
export async function settleWithinShare(
  options: SettleRelationsOptions,
  fitsShare: (blueprint: string, dependents: number) => boolean,
): Promise<SettledRelations> {
  const { mapping, isDependentAllowed } = options;
  const relations = await settleRelations(options);
  const counted = relations.dependents.filter((ref) => !isDependentAllowed(ref));
  const dependents = Map.groupBy(counted, ({ blueprint }) => blueprint);
  const fits = [...dependents].every(([blueprint, { length }]) => fitsShare(blueprint, length));
  if (fits) return relations;
  return settleRelations({
    ...options,
    mapping: { ...mapping, deleteDependentEntities: false },
    whyOwnStay: mapping.deleteDependentEntities
      ? "more than may go of their blueprint in 7 days"
      : undefined,
  });
}
