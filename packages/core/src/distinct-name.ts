import { createHash } from "node:crypto";

/** Characters of the text that a name shows: in all it may have 63, as PostgreSQL's do. */
const shownCharacters = 40;
const digestCharacters = 10;

/**
 * A name for a file or a schema (`[a-z0-9_]`, at most 61 characters with a prefix of 9): it shows a text as
 * far as that can be shown, and is another one wherever the parts are others.
 */
export function nameDistinctly(
  prefix: string,
  { shown, parts }: { readonly shown: string; readonly parts: readonly string[] },
): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const readable = shown
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, shownCharacters)
    .replaceAll(/^_+|_+$/g, "");
  return [prefix, readable, digest.slice(0, digestCharacters)].filter(Boolean).join("_");
}
