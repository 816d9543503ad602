import type { PortClient } from "../sink/port/port-client.ts";

/** Port, with its own time of the first answer that it gave. */
export interface DatedPort {
  readonly client: PortClient;
  /** When there is an answer that was no refusal. */
  readonly answered: Promise<void>;
  /** Milliseconds since 1970; undefined before there is an answer, and where it told none. */
  readonly date: () => number | undefined;
}

/** Makes a client that remembers when it was first answered. */
export function rememberDate(port: PortClient): DatedPort {
  const { promise, resolve } = Promise.withResolvers<void>();
  let first: number | undefined;
  return {
    client: {
      async send(request) {
        const answer = await port.send(request);
        first ??= answer.date;
        resolve();
        return answer;
      },
    },
    answered: promise,
    date: () => first,
  };
}
