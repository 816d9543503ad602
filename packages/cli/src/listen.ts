import { ConfigError, describeError, systemClock } from "@pagerport/core";
import { limitConnections } from "./limit-connections.ts";
import type { OpenFiles } from "./serve/watch-open-files.ts";

/** A server that listens. */
export interface Listener {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections; what has come over open ones is answered. */
  drain(): void;
  /** Stops listening and breaks off what is open; Deno waits for what is being answered. */
  close(): Promise<void>;
}

/**
 * Answers one request; the same on every runtime.
 *
 * `cut` breaks the connection off, where the runtime offers that. Elsewhere a body that fails does.
 * `readAddress` tells the IP address at the other end; undefined where the runtime does not.
 */
export type Handler = (
  request: Request,
  cut?: () => void,
  readAddress?: () => string | undefined,
) => Response | Promise<Response>;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Whether files run short: then connections that nobody uses are to end. */
  readonly openFiles?: OpenFiles | undefined;
}

/** Seconds that a connection without a request stays open; Deno ends them only when there are too many. */
const idleSeconds = 60;

/** Milliseconds until a server that could not go on is tried again. */
const serveAgainAfter = 100;

interface DenoServe {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: (
      request: Request,
      info: { readonly remoteAddr: { readonly hostname?: string } },
    ) => Response | Promise<Response>,
  ): DenoServer;
}

interface DenoServer {
  readonly addr: { readonly port: number };
  /** Rejects where it cannot go on. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Serves a Web `fetch` handler on whichever runtime this is.
 *
 * @param options.host the address to listen on, such as `127.0.0.1`
 * @param options.port 0 for any that is free
 * @throws {ConfigError} where that address cannot be listened on
 */
export async function listen(handler: Handler, options: ListenOptions): Promise<Listener> {
  try {
    const { host, port, openFiles } = options;
    const handle: Handler = async (request, cut, readAddress) => {
      const answer = await handler(request, cut, readAddress);
      if (openFiles?.isTight === true) answer.headers.set("connection", "close");
      return answer;
    };
    return await listenOnThisRuntime(handle, { host, port, openFiles });
  } catch (error) {
    throw new ConfigError(
      `Cannot listen on ${options.host}:${options.port}: ${describeError(error)}`,
      { cause: error },
    );
  }
}

async function listenOnThisRuntime(handler: Handler, options: ListenOptions): Promise<Listener> {
  const { host, port } = options;
  if (typeof Bun !== "undefined") return listenOnBun(handler, host, port);
  const deno: unknown = Reflect.get(globalThis, "Deno");
  if (isDeno(deno)) return listenOnDeno(deno, handler, options);
  return listenOnNode(handler, host, port, options.openFiles?.mostConnections);
}

function listenOnBun(handler: Handler, hostname: string, port: number): Listener {
  const server = Bun.serve({
    hostname,
    port,
    idleTimeout: idleSeconds,
    development: false,
    // Without development Bun would share a port that is taken, with whoever has it, and say nothing.
    reusePort: false,
    async fetch(request, bun) {
      // An answer may be held back for longer: whoever waits for it is not idle.
      bun.timeout(request, 0);
      try {
        return await handler(
          nameHost(request, hostname),
          undefined,
          () => bun.requestIP(request)?.address,
        );
      } finally {
        bun.timeout(request, idleSeconds);
      }
    },
  });
  return listenerAt(hostname, server.port ?? port, {
    drain: () => void server.stop(),
    close: () => server.stop(true),
  });
}

/** Of a request that names no host, as checks of load balancers do, Bun gives the path in place of the address. */
function nameHost(request: Request, hostname: string): Request {
  if (!request.url.startsWith("/")) return request;
  return new Request(`http://${nameAddress(hostname)}${request.url}`, request);
}

/**
 * Deno ends a server for good when it cannot take a connection as the process has too many files open:
 * then there is another at the same port, and the first ends its idle connections.
 */
function listenOnDeno(
  deno: DenoServe,
  handler: Handler,
  { host: hostname, port: wanted, openFiles }: ListenOptions,
): Listener {
  let isClosed = false;
  const serve = (port: number): DenoServer => {
    const server = deno.serve({ hostname, port, onListen: () => {} }, (request, { remoteAddr }) =>
      handler(request, undefined, () => remoteAddr.hostname),
    );
    server.finished.catch(async () => {
      openFiles?.noteFull();
      // What is being answered may end; nothing waits for that.
      server.shutdown().catch(() => undefined);
      await serveAgain();
    });
    return server;
  };
  const serveAgain = async (): Promise<void> => {
    while (!isClosed) {
      await systemClock.sleep(serveAgainAfter);
      if (isClosed) return;
      try {
        current = serve(port);
        return;
      } catch {
        // The port may not be free yet, or there are still too many files open.
      }
    }
  };
  let current = serve(wanted);
  const { port } = current.addr;
  let shutdown: Promise<void> | undefined;
  const close = (): Promise<void> => {
    isClosed = true;
    shutdown ??= current.shutdown();
    return shutdown;
  };
  return listenerAt(hostname, port, { drain: () => void close(), close });
}

async function listenOnNode(
  handler: Handler,
  host: string,
  port: number,
  mostConnections: number | undefined,
): Promise<Listener> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const { Server } = await import("node:http");
  const server = createAdaptorServer({
    fetch: (request, { incoming }) =>
      handler(
        request,
        () => incoming.socket?.destroy(),
        () => incoming.socket?.remoteAddress,
      ),
    overrideGlobalObjects: false,
    // That of requests that name none, as checks of load balancers do.
    hostname: nameAddress(host),
  });
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = idleSeconds * 1000;
  if (server instanceof Server && mostConnections !== undefined)
    limitConnections(server, mostConnections);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return listenerAt(host, bound, {
    drain: () => void server.close(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  });
}

function listenerAt(host: string, port: number, ends: Pick<Listener, "drain" | "close">): Listener {
  return { url: `http://${nameAddress(host)}:${port}`, port, ...ends };
}

/** As it stands in a URL. */
function nameAddress(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function isDeno(value: unknown): value is DenoServe {
  return typeof value === "object" && value !== null && "serve" in value;
}
