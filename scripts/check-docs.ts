/**
 * `bun run docs`: follows README and guides as a reader would. What they have the reader type runs, from
 * top to bottom, in a clean folder for each document, with a sandbox for PagerDuty and Port; what they say
 * it prints is compared; mappings and settings are checked; links lead somewhere; commands, flags and
 * settings that they name exist. Arguments are documents; without any, all are checked.
 */
import { join } from "node:path";
import { Glob } from "bun";
import { findUnnamedFiles, findWrongData } from "./docs/check-data.ts";
import { findBrokenLinks } from "./docs/check-links.ts";
import { findUnknownNames } from "./docs/check-mentions.ts";
import { type Block, type Document, readDocument } from "./docs/read-document.ts";
import { runDocument } from "./docs/run-document.ts";
import { isShell, type Unrunnable } from "./docs/write-script.ts";

/** What cannot be run here. An entry that no block begins like is a mistake too. */
const unrunnable: readonly Unrunnable[] = [
  {
    document: "README.md",
    begins: "npx --yes bun@1.4.5 run test",
    reason: "it is the test run, of which this is a part",
  },
  {
    document: "packages/plugin/README.md",
    begins: "yarn --cwd packages/backend add",
    reason: "it needs a Backstage app; scripts/check-packed-plugin.sh installs the package in one",
  },
  {
    document: "packages/plugin/README.md",
    begins: "curl -X POST https://<your backend>",
    reason: "it needs a Backstage backend; test/plugin restores over this route",
  },
];

/** Documents followed at the same time; the sandboxes are in this process. */
const mostAtOnce = 2;

const root = join(import.meta.dir, "..");
const given = process.argv.slice(2);
const paths = given.length > 0 ? given : await listDocuments();
const documents = await Promise.all(
  paths.map(async (path) => readDocument(path, await Bun.file(join(root, path)).text())),
);

const mistakes: string[] = [];
const waiting = [...documents];
await Promise.all(
  Array.from({ length: mostAtOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next);
  }),
);
for (const text of mistakes) process.stderr.write(`${text}\n`);
process.exit(mistakes.length === 0 ? 0 : 1);

async function listDocuments(): Promise<string[]> {
  const guides = await Array.fromAsync(new Glob("docs/*.md").scan(root));
  return ["README.md", ...guides.toSorted(), "packages/plugin/README.md"];
}

async function check(document: Document): Promise<void> {
  const { path, blocks } = document;
  const startedAt = performance.now();
  const skipped = findSkipped(document);
  const found = [
    ...findBrokenLinks(document, root),
    ...findUnknownNames(document),
    ...findUnnamedFiles(document),
    ...(await findWrongData(document)),
    ...(await runDocument(document, root, skipped)),
  ];
  mistakes.push(...found);
  const run = blocks.filter((block) => isShell(block) && !skipped.includes(block)).length;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(
    `${found.length === 0 ? "✓" : "✗"} ${path}: ${run} of ${blocks.length} blocks run, ${seconds} s\n`,
  );
}

function findSkipped({ path, blocks }: Document): Block[] {
  return unrunnable
    .filter(({ document }) => document === path)
    .map(({ begins }) => {
      const block = blocks.find((one) => one.text.startsWith(begins));
      if (block === undefined) throw new Error(`${path}: no block begins with '${begins}'`);
      return block;
    });
}
