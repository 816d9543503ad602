/**
 * Posts webhooks as fast as a server answers, over connections that stay open. Requests are made before
 * the clock starts, and answers read no further than needed: what is measured is the server. As a process
 * of its own it takes {@link LoadOrder} from its standard input and prints a {@link Load}.
 */
import { signWebhook } from "@pagerport/core/testing";

/** What to post. */
export interface LoadOrder {
  readonly url: string;
  readonly secret: string;
  readonly events: number;
  readonly connections: number;
  /** What the events are about, one after another. @default an incident for each */
  readonly incidentIds?: readonly string[] | undefined;
  /** Services of the incidents, one after another. @default 40 that are nobody's */
  readonly serviceIds?: readonly string[] | undefined;
}

/** What posting came to. */
export interface Load {
  readonly perSecond: number;
  /** Milliseconds from the first byte of a request to the first of its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 202. */
  readonly wrong: number;
  /** Share of the time in which the one who posted was busy: near 1 it is what was measured. */
  readonly busy: number;
}

const serviceCount = 40;

/** Makes signed requests, each with an event of its own, of the shape and size of PagerDuty's. */
export function createRequests(
  count: number,
  options: Pick<LoadOrder, "secret" | "incidentIds" | "serviceIds">,
): Uint8Array[] {
  const { secret, incidentIds = [], serviceIds = [] } = options;
  const round = crypto.randomUUID();
  return Array.from({ length: count }, (_, place) => {
    const incident = incidentIds[place % incidentIds.length] ?? `Q${round.slice(0, 8)}${place}`;
    const service =
      serviceIds[place % serviceIds.length] ?? `P${String(place % serviceCount).padStart(6, "0")}`;
    const body = JSON.stringify({ event: describeEvent(`${round}-${place}`, incident, service) });
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

/** An event that changes an incident's status, and with it that of its service. */
function describeEvent(id: string, incident: string, service: string): object {
  const refer = (type: string, name: string): object => ({
    html_url: `https://acme.pagerduty.com/${type}s/${name}`,
    id: name,
    self: `https://api.pagerduty.com/${type}s/${name}`,
    summary: `The ${type} ${name}`,
    type: `${type}_reference`,
  });
  return {
    id,
    event_type: "incident.acknowledged",
    resource_type: "incident",
    occurred_at: "2026-01-01T00:00:00.000Z",
    agent: refer("user", "PUSER01"),
    client: { name: "Monitor" },
    data: {
      id: incident,
      type: "incident",
      self: `https://api.pagerduty.com/incidents/${incident}`,
      html_url: `https://acme.pagerduty.com/incidents/${incident}`,
      number: 2,
      status: "acknowledged",
      incident_key: id,
      created_at: "2026-01-01T00:00:00Z",
      title: "Disk is full on db-1",
      service: refer("service", service),
      assignees: [refer("user", "PUSER01"), refer("user", "PUSER02")],
      escalation_policy: refer("escalation_policy", "PPOLICY"),
      teams: [refer("team", "PTEAM01")],
      priority: refer("priority", "PPRIO01"),
      urgency: "high",
      conference_bridge: null,
      resolve_reason: null,
      incident_type: { name: "incident_default" },
    },
  };
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
  const busyBefore = process.cpuUsage();
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
  const { user, system } = process.cpuUsage(busyBefore);
  took.sort((one, other) => one - other);
  return {
    perSecond: took.length / seconds,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    wrong: wrong + requests.length - took.length,
    busy: (user + system) / 1_000_000 / seconds,
  };
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Posts from a process of its own, so that nothing else of a bench takes part in it. */
export async function postFromProcess(order: LoadOrder): Promise<Load> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  return JSON.parse(await new Response(child.stdout).text()) as Load;
}

if (import.meta.main) {
  const order = JSON.parse(await Bun.stdin.text()) as LoadOrder;
  const { url, events, connections } = order;
  const load = await postAll(url, createRequests(events, order), connections);
  process.stdout.write(JSON.stringify(load));
  process.exit(0);
}
