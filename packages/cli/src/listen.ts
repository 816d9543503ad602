import { ConfigError, describeError } from "@pagerport/core";

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
 */
export type Handler = (request: Request, cut?: () => void) => Response | Promise<Response>;

interface DenoServe {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
}

/**
 * Serves a Web `fetch` handler on whichever runtime this is.
 *
 * @param options.host the address to listen on, such as `127.0.0.1`
 * @param options.port 0 for any that is free
 */
export async function listen(
  handler: Handler,
  options: { readonly host: string; readonly port: number },
): Promise<Listener> {
  try {
    return await listenOnThisRuntime(handler, options.host, options.port);
  } catch (error) {
    throw new ConfigError(
      `Cannot listen on ${options.host}:${options.port}: ${describeError(error)}`,
      { cause: error },
    );
  }
}

async function listenOnThisRuntime(
  handler: Handler,
  host: string,
  port: number,
): Promise<Listener> {
  if (typeof Bun !== "undefined") return listenOnBun(handler, host, port);
  const deno: unknown = Reflect.get(globalThis, "Deno");
  if (isDeno(deno)) return listenOnDeno(deno, handler, host, port);
  return listenOnNode(handler, host, port);
}

function listenOnBun(handler: Handler, hostname: string, port: number): Listener {
  // No idle timeout: an answer may be held back longer than Bun's ten seconds.
  const server = Bun.serve({
    hostname,
    port,
    idleTimeout: 0,
    development: false,
    // Without development Bun would share a port that is taken, with whoever has it, and say nothing.
    reusePort: false,
    fetch: (request) => handler(request),
  });
  return listenerAt(hostname, server.port ?? port, {
    drain: () => void server.stop(),
    close: () => server.stop(true),
  });
}

function listenOnDeno(deno: DenoServe, handler: Handler, hostname: string, port: number): Listener {
  const server = deno.serve({ hostname, port, onListen: () => {} }, (request) => handler(request));
  let shutdown: Promise<void> | undefined;
  const close = (): Promise<void> => {
    shutdown ??= server.shutdown();
    return shutdown;
  };
  return listenerAt(hostname, server.addr.port, { drain: () => void close(), close });
}

async function listenOnNode(handler: Handler, host: string, port: number): Promise<Listener> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => handler(request, () => incoming.socket?.destroy()),
    overrideGlobalObjects: false,
  });
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
  const named = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${named}:${port}`, port, ...ends };
}

function isDeno(value: unknown): value is DenoServe {
  return typeof value === "object" && value !== null && "serve" in value;
}
