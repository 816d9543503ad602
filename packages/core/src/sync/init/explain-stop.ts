import { HttpError, NetworkError } from "../../errors.ts";

/**
 * Leads the error of a part of init by where it stopped and what to do; other errors stay as they are.
 *
 * @param written names of what was created and added before
 */
export function explainStop(error: unknown, part: string, written: readonly string[]): unknown {
  const kept =
    written.length === 0
      ? "Nothing was written."
      : `What was written before can stay (${written.join(", ")}); nothing else has changed.`;
  const stopped = `Init stopped at ${part}. ${kept}`;
  if (error instanceof HttpError) {
    const advice =
      error.status === 403
        ? "The Port credentials need the right to change blueprints and integrations. Give it to them and run init again."
        : "Put right what Port says, and run init again: it goes on from there.";
    return error.withAdvice(`${stopped} ${advice}`);
  }
  if (error instanceof NetworkError) {
    const { host, method, url } = error;
    const message = `${stopped} Run init again: it goes on from there.\n${error.message}`;
    return new NetworkError(message, { host, method, url, cause: error });
  }
  return error;
}
