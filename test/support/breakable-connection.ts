import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that can be cut, with all that goes over it. */
export interface BreakableConnection extends AsyncDisposable {
  /** The server's address by this way. */
  readonly url: string;
  /** Breaks off what is open, and takes nothing. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

/** Makes one to the host and port of an address. */
export async function connectBreakably(address: string): Promise<BreakableConnection> {
  const target = new URL(address);
  const open = new Set<Socket>();
  let server: Server | undefined;

  async function listen(port: number): Promise<number> {
    server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          open.delete(one);
          other.destroy();
        });
      }
    });
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(port, "127.0.0.1", listening.resolve);
    await listening.promise;
    return (server.address() as AddressInfo).port;
  }

  async function cut(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    server?.close(() => closed.resolve());
    for (const socket of open) socket.destroy();
    await closed.promise;
  }

  const port = await listen(0);
  const url = new URL(address);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut,
    mend: async () => void (await listen(port)),
    [Symbol.asyncDispose]: cut,
  };
}
