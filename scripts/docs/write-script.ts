import type { Block, Document } from "./read-document.ts";

/** A block of a document that cannot be run, and why. */
export interface Unrunnable {
  readonly document: string;
  /** How its text begins. */
  readonly begins: string;
  readonly reason: string;
}

/** What a document's `NAME=...` stands for, by name. */
export type Values = Readonly<Record<string, string>>;

/** A document as one script, and where its parts leave what they print. */
export interface DocumentScript {
  readonly text: string;
  /** Blocks that are run, by the number that their files begin with. */
  readonly steps: ReadonlyMap<number, Block>;
}

/** Seconds that something which stays up has until it has said so. */
const startLimit = 15;

const shellLanguages = new Set(["sh", "bash"]);

/** Whether a block is something that a person types. */
export function isShell(block: Block): boolean {
  return shellLanguages.has(block.language);
}

/**
 * Makes a script of a document: what a person types, from top to bottom in one shell. A block with a
 * `title` is a file of that name. `exit=3`: it ends so; `stays-up=WORD`: it goes on until the document
 * is over, and is ready when it has printed the word.
 *
 * @param address what 127.0.0.1:8000 stands for
 */
export function writeScript(
  { blocks, path }: Document,
  {
    values,
    address,
    skipped,
  }: { readonly values: Values; readonly address: string; readonly skipped: readonly Block[] },
): DocumentScript {
  const steps = new Map<number, Block>();
  const lines = [
    "set -eu -o pipefail",
    "set -m",
    // The shell tells of what it ends; nobody needs to know.
    "trap 'exec 2>/dev/null; jobs -p | while read -r group; do kill -- -$group; done; wait' EXIT",
  ];
  for (const [at, block] of blocks.entries()) {
    if (skipped.includes(block)) continue;
    const title = block.words.get("title");
    if (title !== undefined) {
      lines.push(`cat >${title} <<'END OF ${title}'\n${block.text}END OF ${title}`);
    } else if (isShell(block)) {
      steps.set(at, block);
      const text = fillIn(block, { values, address, path });
      lines.push(`echo ${at} >"$STEPS/at"`, ...writeStep(at, block, text));
    }
  }
  return { text: `${lines.join("\n")}\n`, steps };
}

function writeStep(at: number, block: Block, text: string): string[] {
  const out = `"$STEPS/${at}.out"`;
  const err = `"$STEPS/${at}.err"`;
  const word = block.words.get("stays-up");
  if (word !== undefined) {
    return [
      `{\n${text}} >${out} 2>${err} </dev/null &`,
      `for second in $(seq ${startLimit * 10}); do`,
      `  grep -q '${word}' ${out} ${err} 2>/dev/null && break; sleep 0.1`,
      "done",
      `grep -q '${word}' ${out} ${err}`,
    ];
  }
  const code = block.words.get("exit") ?? "0";
  if (code === "0") return [`{\n${text}} >${out} 2>${err} </dev/null`];
  return [
    "set +e",
    `{\n${text}} >${out} 2>${err} </dev/null`,
    `code=$?; set -e; [ "$code" = ${code} ] || { echo "ended with $code" >>${err}; exit 1; }`,
  ];
}

/** `NAME=...` is what a reader puts in; the sandbox's own stands there when it is run. */
function fillIn(
  block: Block,
  {
    values,
    address,
    path,
  }: { readonly values: Values; readonly address: string; readonly path: string },
): string {
  return block.text
    .replaceAll(/\b([A-Z][A-Z0-9_]*)=\.\.\./g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${path}:${block.line}: no value for ${name}=...`);
      return `${name}='${value}'`;
    })
    .replaceAll("127.0.0.1:8000", address);
}
