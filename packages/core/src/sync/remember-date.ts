import type { PortClient } from "../sink/port/port-client.ts";

/** A client that remembers Port's own time of its first answer, milliseconds since 1970. */
export function rememberDate(port: PortClient): {
  readonly client: PortClient;
  readonly date: () => number | undefined;
} {
  let first: number | undefined;
  return {
    client: {
      async send(request) {
        const answer = await port.send(request);
        first ??= answer.date;
        return answer;
      },
    },
    date: () => first,
  };
}
