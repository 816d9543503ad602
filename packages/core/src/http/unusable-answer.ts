import { UnusableAnswerError } from "../errors.ts";
import type { HttpAnswer } from "./client.ts";
import { hideSecrets } from "./mask-url.ts";
import type { FailedRequest } from "./request-errors.ts";

/** Answers that rightly hold nothing, whatever was asked. */
const emptyByRight: ReadonlySet<number> = new Set([202, 204, 205]);

/** Where a page's title is looked for, and how much of it is shown: characters. */
const longestHead = 4000;
const longestTitle = 120;

/**
 * What is wrong with the body of a success; undefined where it can be the host's own. Gateways, proxies and
 * portals of hotels answer 200 in a host's name: with a page, with nothing, with half of what it said, with
 * JSON of their own.
 */
export type ExamineAnswer = (answer: HttpAnswer) => string | undefined;

/** Whether an answer may be without a body. */
export function mayBeEmpty({ status, text }: HttpAnswer): boolean {
  return text === "" && emptyByRight.has(status);
}

/** What is wrong with an answer that ought to have been JSON and is not. */
export function describeNoJson({ text }: Pick<HttpAnswer, "text">): string {
  return text.trim() === "" ? "nothing, where JSON is due" : "what is not JSON";
}

/** What is wrong with JSON that has none of the keys that the host's answer has. */
export function describeNoKey(keys: readonly string[]): string {
  return `JSON without ${keys.map((key) => `'${key}'`).join(" or ")}`;
}

/** The error of a success that cannot be the host's own answer. */
export function createUnusableError(
  request: FailedRequest,
  answer: HttpAnswer,
  problem: string,
): UnusableAnswerError {
  const { host, method, showUrl } = request;
  const url = showUrl?.(request.url) ?? request.url;
  const type = answer.headers.get("content-type")?.split(";", 1)[0]?.trim() ?? "";
  const title = hideSecrets(readTitle(answer.text), request.secrets);
  const parts = [type, title === "" ? "" : `titled '${title}'`].filter((part) => part !== "");
  const shown = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return new UnusableAnswerError(
    `${host}'s address answered ${answer.status} with ${problem}${shown}: ${method} ${url}`,
    { host, method, url },
  );
}

/** The title of a page, empty where it has none. Nothing else is shown: half of an answer may hold a secret. */
function readTitle(text: string): string {
  const [, title = ""] = /<title>([^<>]*)</i.exec(text.slice(0, longestHead)) ?? [];
  const line = title.replaceAll(/\s+/g, " ").trim();
  return line.length > longestTitle ? `${line.slice(0, longestTitle)}…` : line;
}
