/**
 * Whether what was printed is what a document shows. There `…` stands for anything within a line, and in
 * a line of its own for any lines.
 */
export function matchesText(printed: string, shown: string): boolean {
  const pattern = shown
    .trim()
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\n)*?" : `${line.trimEnd().split("…").map(escape).join(".*?")}\n`,
    )
    .join("");
  const lines = printed.split("\n").map((line) => `${line.trimEnd()}\n`);
  return new RegExp(`^\\s*${pattern}\\s*$`).test(lines.join(""));
}

/** The same for JSON, however it is laid out: one document, or one a line. */
export function matchesJson(printed: string, shown: string): boolean {
  return Bun.deepEquals(parseAll(printed), parseAll(shown), true);
}

function parseAll(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        try {
          return JSON.parse(line) as unknown;
        } catch {
          return line;
        }
      });
  }
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
