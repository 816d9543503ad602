/** Things that may be made together, once those of earlier layers are there. */
export interface Layer {
  /** Positions, ascending. */
  readonly members: readonly number[];
  /** Members relate to one another: no order has every target first. */
  readonly isCyclic: boolean;
}

/**
 * Orders things so that what others relate to comes first. What is in a cycle, or between two cycles,
 * makes one layer of its own; what relates to a cycle comes after it.
 *
 * @param targets for each position, the positions that it relates to
 */
export function orderByRelations(targets: readonly (readonly number[])[]): Layer[] {
  const dependents: number[][] = targets.map(() => []);
  for (const [place, ofPlace] of targets.entries()) {
    for (const target of ofPlace) dependents[target]?.push(place);
  }
  const all = targets.map((_, place) => place);
  const first = takeFree(all, targets, dependents);
  if (first.rest.length === 0) return first.layers;
  // Seen from the other end: what nothing in the rest relates to only waits for a cycle.
  const isLeft = new Set(first.rest);
  const keepLeft = (places: readonly number[]): number[] =>
    places.filter((place) => isLeft.has(place));
  const core = takeFree(first.rest, dependents.map(keepLeft), targets.map(keepLeft)).rest;
  const isCore = new Set(core);
  const waiting = first.rest.filter((place) => !isCore.has(place));
  const isWaiting = new Set(waiting);
  const keepWaiting = (places: readonly number[]): number[] =>
    places.filter((place) => isWaiting.has(place));
  const last = takeFree(waiting, targets.map(keepWaiting), dependents.map(keepWaiting));
  return [...first.layers, { members: core, isCyclic: true }, ...last.layers];
}

/** Takes away, layer by layer, what waits for nothing; what waits for itself stays as the rest. */
function takeFree(
  places: readonly number[],
  waitsFor: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
): { readonly layers: Layer[]; readonly rest: number[] } {
  const waiting = new Map(places.map((place) => [place, waitsFor[place]?.length ?? 0]));
  const layers: Layer[] = [];
  let members = places.filter((place) => waiting.get(place) === 0);
  while (members.length > 0) {
    layers.push({ members, isCyclic: false });
    const next: number[] = [];
    for (const place of members) {
      waiting.delete(place);
      for (const other of wanted[place] ?? []) {
        const left = (waiting.get(other) ?? 0) - 1;
        if (!waiting.has(other)) continue;
        waiting.set(other, left);
        if (left === 0) next.push(other);
      }
    }
    members = next.toSorted((one, other) => one - other);
  }
  return { layers, rest: [...waiting.keys()] };
}
