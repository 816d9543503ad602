/** A fenced block of a document. */
export interface Block {
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language: `title=mapping.yaml`, `exit=3`, `output`. */
  readonly words: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A document in Markdown, taken apart. */
export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** The lines that are in no block; empty where one is. */
  readonly prose: readonly string[];
}

interface OpenBlock {
  readonly line: number;
  /** Of a block within a list; no part of its lines. */
  readonly indent: string;
  readonly info: string;
  readonly lines: string[];
}

const fence = /^( *)`{3,}(.*)$/;

/** Takes a document apart. */
export function readDocument(path: string, text: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: OpenBlock | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    const [, indent = "", info] = fence.exec(line) ?? [];
    if (info === undefined) {
      open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      prose.push(open === undefined ? line : "");
      continue;
    }
    prose.push("");
    if (open === undefined) open = { line: at + 1, indent, info, lines: [] };
    else {
      blocks.push(toBlock(open));
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: this block has no end`);
  return { path, blocks, prose };
}

function toBlock(open: OpenBlock): Block {
  const [language = "", ...words] = open.info.trim().split(/\s+/);
  return {
    line: open.line,
    language,
    words: new Map(
      words.map((word) => {
        const [name = "", value = ""] = word.split("=");
        return [name, value];
      }),
    ),
    text: `${open.lines.join("\n")}\n`,
  };
}
