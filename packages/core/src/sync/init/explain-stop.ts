import { HttpError, NetworkError } from "../../errors.ts";

/** Leads the error of a part of init by where it stopped and what to do; other errors stay as they are. */
export function explainStop(error: unknown, part: string, created: readonly string[]): unknown {
  const kept =
    created.length === 0
      ? "Nothing that was in Port has changed."
      : `Nothing that was in Port has changed; ${created.join(", ")} ${created.length === 1 ? "was" : "were"} created and can stay.`;
  if (error instanceof HttpError) {
    const advice =
      error.status === 403
        ? "The Port credentials need the right to change blueprints and integrations. Give it to them and run init again."
        : "Put right what Port says, and run init again: it goes on from there.";
    return error.withAdvice(`Init stopped at ${part}. ${kept} ${advice}`);
  }
  if (error instanceof NetworkError) {
    const { host, method, url } = error;
    const message = `Init stopped at ${part}. ${kept} Run init again: it goes on from there.\n${error.message}`;
    return new NetworkError(message, { host, method, url, cause: error });
  }
  return error;
}
