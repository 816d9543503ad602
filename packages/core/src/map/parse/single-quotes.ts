/**
 * Port's editor lets people write jq texts in single quotes: `.type == 'Bug'`. A quote counts where it
 * starts or ends a text: next to white space or the end of the expression on its outer side, and to
 * neither white space nor a double quote on its inner side. The same rule as Port's.
 */
export function replaceSingleQuotes(expression: string): string {
  return expression.replaceAll(/(?<=^|\s)'(?![\s"])|(?<![\s"])'(?=\s|$)/g, '"');
}
