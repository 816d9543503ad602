/** A request that has come to a proxy. */
interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

/** Stands between a process and a host, so that a test decides when what arrives. */
export interface HostProxy extends Disposable {
  readonly url: string;
}

export interface HostProxyOptions {
  readonly target: string;
  /** Awaited before a request is passed on. */
  readonly onRequest?: (request: ProxiedRequest) => Promise<void> | void;
  /** Awaited after the host has made its answer, and before that is passed on. */
  readonly onAnswer?: (request: ProxiedRequest) => Promise<void> | void;
}

/** Starts a proxy on any free port. */
export function startHostProxy({ target, onRequest, onAnswer }: HostProxyOptions): HostProxy {
  const { origin } = new URL(target);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const path = `${pathname}${search}`;
      const body = await request.text();
      const proxied = { method: request.method, path, body };
      await onRequest?.(proxied);
      const headers = new Headers(request.headers);
      for (const name of ["host", "content-length", "connection"]) headers.delete(name);
      const hasBody = !["GET", "HEAD"].includes(request.method);
      const answer = await fetch(`${origin}${path}`, {
        method: request.method,
        headers,
        redirect: "manual",
        ...(hasBody && { body }),
      });
      const text = await answer.text();
      await onAnswer?.(proxied);
      const answered = new Headers(answer.headers);
      for (const name of ["content-encoding", "content-length", "transfer-encoding"]) {
        answered.delete(name);
      }
      return new Response([204, 304].includes(answer.status) ? null : text, {
        status: answer.status,
        headers: answered,
      });
    },
  });
  const url = new URL(target);
  url.port = String(server.port);
  url.hostname = "127.0.0.1";
  return {
    url: url.href.replace(/\/$/, ""),
    [Symbol.dispose]() {
      void server.stop(true);
    },
  };
}
