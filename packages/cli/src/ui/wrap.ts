/**
 * Breaks a text at spaces so that its lines fit; a word that is longer than a line stays whole, so that an
 * address can be copied.
 *
 * @param options.width characters of a line
 * @param options.indent spaces before every line but the first
 * @returns lines; line ends in the text stay
 */
export function wrapText(
  text: string,
  { width, indent = 0 }: { readonly width: number; readonly indent?: number },
): string[] {
  const margin = " ".repeat(indent);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = lines.length === 0 ? "" : margin;
    let isEmpty = true;
    for (const word of paragraph.split(/ +/).filter((one) => one !== "")) {
      if (!isEmpty && line.length + 1 + word.length > width) {
        lines.push(line);
        line = margin;
        isEmpty = true;
      }
      line += isEmpty ? word : ` ${word}`;
      isEmpty = false;
    }
    lines.push(line);
  }
  return lines;
}
