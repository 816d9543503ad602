import { connect, type Socket } from "node:net";
import { readFileSync } from "node:fs";

/** Connections that are open, and what has come back over them. */
export interface Flood extends Disposable {
  /** Status codes of what was answered so far. */
  readonly statuses: readonly number[];
  /** Connections that the other side has not closed. */
  readonly open: number;
  /** Connections that came about. */
  readonly connected: number;
}

export interface FloodOptions {
  readonly port: number;
  readonly count: number;
  /** Sent by each at once. */
  readonly head: string;
  /** Bytes of body that each sends behind it, all but what would end it. */
  readonly bytes: number;
}

/** The head of a webhook with a signature that PagerDuty may have made, with a secret that nobody has. */
export function forgedHead(bytes: number, path = "/webhook"): string {
  const type = "content-type: application/json\r\n";
  const signature = `x-pagerduty-signature: v1=${"0".repeat(64)}\r\n`;
  return `POST ${path} HTTP/1.1\r\nhost: a\r\n${type}${signature}content-length: ${bytes}\r\n\r\n`;
}

/** Opens connections, sends on each what was given, and leaves them open. */
export function startFlood({ port, count, head, bytes }: FloodOptions): Flood {
  const piece = Buffer.alloc(Math.min(bytes, 65_536), " ");
  const statuses: number[] = [];
  const sockets = new Set<Socket>();
  let connected = 0;
  const open = (): void => {
    const socket = connect(port, "127.0.0.1");
    let left = bytes;
    const send = (): void => {
      while (left > 0 && !socket.destroyed) {
        const part = piece.subarray(0, left);
        left -= part.length;
        if (!socket.write(part)) break;
      }
    };
    socket.on("drain", send);
    socket.on("connect", () => {
      connected += 1;
      sockets.add(socket);
      socket.write(head);
      send();
    });
    socket.on("data", (data) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(data.toString("latin1"))?.[1];
      if (status !== undefined) statuses.push(Number(status));
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
    });
  };
  for (let place = 0; place < count; place += 1) open();
  return {
    statuses,
    get open() {
      return sockets.size;
    },
    get connected() {
      return connected;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** MB that a process has in memory. Linux alone tells. */
export function readResident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
