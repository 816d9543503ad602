/** What others have named must not move the cursor of a terminal, nor break a line. */
export function hideControls(text: string): string {
  return text.replaceAll(/\s+/gu, " ").replaceAll(/\p{Cc}/gu, "\u{FFFD}");
}
