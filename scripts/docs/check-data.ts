import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError, parseMapping, readConfigFile } from "../../packages/core/src/index.ts";
import { YAML } from "bun";
import type { Block, Document } from "./read-document.ts";

/** Lines before a block in which its file's name is looked for. */
const nearby = 5;

/** Blocks that are a file, and where no reader is told its name. */
export function findUnnamedFiles({ path, blocks, prose }: Document): string[] {
  return blocks.flatMap(({ line, words }) => {
    const title = words.get("title");
    const before = prose.slice(Math.max(0, line - 1 - nearby), line - 1).join("\n");
    const isNamed = title === undefined || before.includes(`\`${title}\``);
    return isNamed ? [] : [`${path}:${line}: nothing says that this is ${title}`];
  });
}

/** What is wrong with the YAML, JSON and TypeScript that a document shows. */
export async function findWrongData({ path, blocks }: Document): Promise<string[]> {
  const mistakes: string[] = [];
  for (const block of blocks) {
    try {
      await checkBlock(block);
    } catch (error) {
      mistakes.push(`${path}:${block.line}: ${describeError(error)}`);
    }
  }
  return mistakes;
}

async function checkBlock({ language, words, text }: Block): Promise<void> {
  if (words.has("wrong")) return;
  if (language === "ts") new Bun.Transpiler({ loader: "ts" }).transformSync(text);
  if (language === "json" && !words.has("output")) JSON.parse(text);
  if (language !== "yaml") return;
  const value: unknown = YAML.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("this is no YAML object");
  if ("resources" in value) await parseMapping(text);
  else if (words.get("title") === "pagerport.yaml") checkConfigFile(text);
}

function checkConfigFile(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), "pagerport-docs-"));
  try {
    const path = join(folder, "pagerport.yaml");
    writeFileSync(path, text);
    readConfigFile(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
