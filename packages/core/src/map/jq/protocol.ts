/**
 * What the engine and its child say to each other: JSON lines over stdin and stdout. A header is
 * followed by as many lines of JSON as it announces, which are handed on without being parsed.
 */

/** Sent once, when jq is loaded. */
export interface ReadyLine {
  /** jq's version: `jq-1.8.2`. */
  readonly ready: string;
}

/** Followed by `lines` inputs. */
export interface RequestHeader {
  readonly id: number;
  readonly program: string;
  readonly lines: number;
}

/** Followed by `lines` outputs. */
export type AnswerHeader = { readonly id: number; readonly lines: number } & (
  | { readonly exitCode: number; readonly stderr: string }
  | { readonly aborted: string }
);
