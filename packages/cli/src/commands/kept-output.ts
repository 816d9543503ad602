import type { KeptEntities } from "@pagerport/core";
import { formatCount } from "../ui/format.ts";

/** Identifiers that a sentence names; `--json` has more. */
const mostNamed = 3;

/** One sentence for each blueprint and reason that entities rightly stay for, though nothing makes them. */
export function describeKept<Name extends string>(
  blueprints: readonly (Readonly<Record<Name, number>> & { readonly blueprint: string })[],
  reasons: readonly (readonly [Name, string])[],
): string[] {
  return blueprints.flatMap((one) =>
    reasons
      .filter(([name]) => one[name] > 0)
      .map(([name, reason]) => `${formatCount(one[name])} of ${one.blueprint} kept: ${reason}.`),
  );
}

/** One sentence for each blueprint and reason that entities wait for, with the first of them. */
export function describeWaiting(waiting: readonly KeptEntities[]): string[] {
  return waiting.map(({ blueprint, reason, entities, identifiers }) => {
    const verb = entities === 1 ? "waits" : "wait";
    return `${formatCount(entities)} of ${blueprint} ${verb}, ${nameSome(identifiers, entities)}: ${reason}. The next runs look again.`;
  });
}

function nameSome(identifiers: readonly string[], count: number): string {
  const named = identifiers.slice(0, mostNamed).join(", ");
  const more = count - Math.min(identifiers.length, mostNamed);
  return more === 0 ? named : `${named} and ${formatCount(more)} more`;
}
