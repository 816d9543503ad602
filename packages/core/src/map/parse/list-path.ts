/**
 * Where the list of `itemsToParse` lies in the object, read off its expression: the first stage of it
 * must be a plain path, as in `.users` or `.a.b[0] | map(.c)`.
 *
 * @returns undefined for any other expression: then the list cannot be left out and stays.
 */
export function findListPath(expression: string): readonly (string | number)[] | undefined {
  const stage = /^\s*((?:\.?\[(?:\d+|"[^"\\]*")\]|\.[a-zA-Z_]\w*|\."[^"\\]*")+)\s*(?:\||$)/.exec(
    expression,
  );
  if (stage?.[1] === undefined) return undefined;
  const steps = stage[1].matchAll(/\[(\d+)\]|"([^"\\]*)"|\.([a-zA-Z_]\w*)/g);
  return [...steps].map(([, index, quoted, name]) =>
    index === undefined ? (quoted ?? name ?? "") : Number(index),
  );
}
