import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Document } from "./read-document.ts";

const link = /\]\(([^)\s]+)\)/g;

/** The links of a document that lead to no file, or to no heading of one. */
export function findBrokenLinks({ path, prose }: Document, root: string): string[] {
  return prose.flatMap((line, at) =>
    Array.from(line.matchAll(link), ([, target = ""]) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(target, path, root))
      .map((target) => `${path}:${at + 1}: the link ${target} leads nowhere`),
  );
}

function leadsSomewhere(target: string, path: string, root: string): boolean {
  const [file = "", anchor] = target.split("#");
  const linked = file === "" ? path : normalize(join(dirname(path), file));
  const full = join(root, linked);
  if (!existsSync(full)) return false;
  return anchor === undefined || listAnchors(readFileSync(full, "utf8")).includes(anchor);
}

/** What headings are called in addresses: as GitHub does it. */
function listAnchors(text: string): string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
