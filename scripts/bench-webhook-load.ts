/**
 * Posts webhooks as fast as a server answers, over connections that stay open. Requests are made before
 * the clock starts, and answers read no further than needed: what is measured is the server.
 */
import { signWebhook } from "@pagerport/core/testing";

/** What posting came to. */
export interface Load {
  readonly perSecond: number;
  /** Milliseconds from the first byte of a request to the first of its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 202. */
  readonly wrong: number;
}

/** Makes signed requests, each with an event of its own, of about the size of PagerDuty's. */
export function createRequests(
  count: number,
  options: { readonly secret: string; readonly incidentIds?: readonly string[] },
): Uint8Array[] {
  const { secret, incidentIds = [] } = options;
  const round = crypto.randomUUID();
  return Array.from({ length: count }, (_, place) => {
    const id = incidentIds[place % incidentIds.length] ?? `Q${round.slice(0, 8)}${place}`;
    const data = { id, type: "incident", title: "Disk is full", body: "x".repeat(2000) };
    const event = { id: `${round}-${place}`, event_type: "incident.annotated", data };
    const body = JSON.stringify({ event: { ...event, occurred_at: "2026-01-01T00:00:00Z" } });
    const head = [
      "POST /webhook HTTP/1.1",
      "host: 127.0.0.1",
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      `x-pagerduty-signature: ${signWebhook(body, secret)}`,
    ];
    return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

/** Posts all requests, so many at a time. */
export async function postAll(
  url: string,
  requests: readonly Uint8Array[],
  connections: number,
): Promise<Load> {
  const { hostname, port } = new URL(url);
  const took: number[] = [];
  let next = 0;
  let wrong = 0;
  const startedAt = performance.now();
  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0;
      let left: Uint8Array = new Uint8Array(0);
      const send = (socket: Bun.Socket): void => {
        const request = requests[next];
        if (request === undefined) {
          socket.end();
          resolve();
          return;
        }
        next += 1;
        sentAt = performance.now();
        left = request.subarray(socket.write(request));
      };
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: send,
          drain(socket) {
            if (left.length > 0) left = left.subarray(socket.write(left));
          },
          data(socket, bytes) {
            // Answers are short, and come in one piece.
            took.push(performance.now() - sentAt);
            if (bytes.toString("latin1", 9, 12) !== "202") wrong += 1;
            send(socket);
          },
          close: () => resolve(),
          error: (_, error) => reject(error),
        },
      }).catch(reject);
    });
  await Promise.all(Array.from({ length: connections }, connect));
  const seconds = (performance.now() - startedAt) / 1000;
  took.sort((one, other) => one - other);
  return {
    perSecond: took.length / seconds,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    wrong: wrong + requests.length - took.length,
  };
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
