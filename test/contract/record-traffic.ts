/** One request and its answer, as they went by. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly answer: RecordedAnswer;
}

export interface RecordedRequest {
  readonly method: string;
  /** Still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Empty where there is none. */
  readonly body: string;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** True where the test made the answer: there is nothing to be learned from it. */
  readonly isMadeUp: boolean;
}

/** A proxy that writes down what goes through it. */
export interface Recorder extends AsyncDisposable {
  /** `http://host:port`, for what would else be told the target's address. */
  readonly url: string;
  readonly exchanges: readonly Exchange[];
}

/** Headers that belong to one connection and not to the message. */
const hopByHop = ["connection", "content-encoding", "content-length", "host", "transfer-encoding"];

/**
 * Starts a proxy before a host.
 *
 * @param target `http://host:port`
 * @param makeUp answers in the target's place, where it gives an answer
 */
export function recordTraffic(
  target: string,
  makeUp: (request: Request) => Response | undefined = () => undefined,
): Recorder {
  const exchanges: Exchange[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const { pathname: path, search, searchParams: query } = new URL(request.url);
      const { method } = request;
      const headers = new Headers(request.headers);
      const body = await request.text();
      const madeUp = makeUp(request);
      const answer =
        madeUp ??
        (await fetch(`${target}${path}${search}`, {
          method,
          headers: withoutHops(headers),
          redirect: "manual",
          ...(body === "" ? {} : { body }),
        }));
      const text = await answer.text();
      const { status, headers: answered } = answer;
      exchanges.push({
        request: { method, path, query, headers, body },
        answer: { status, headers: answered, body: text, isMadeUp: madeUp !== undefined },
      });
      const hasBody = ![204, 304].includes(status);
      return new Response(hasBody ? text : null, { status, headers: withoutHops(answered) });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    exchanges,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function withoutHops(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of hopByHop) kept.delete(name);
  return kept;
}
