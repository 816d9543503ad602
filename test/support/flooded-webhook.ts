import { signWebhook } from "@pagerport/core/testing";
import { systemClock } from "../../packages/core/src/clock.ts";
import { forgedHead, readResident, startFlood } from "./flood.ts";

const mib = 1024 * 1024;

/** A webhook that strangers send bodies to which never end. */
export interface FloodedWebhook {
  /** Of `/webhook`. */
  readonly url: string;
  readonly pid: number;
  readonly secret: string;
  /** Connections of strangers: two of three with 1 MiB of body, the others with 64 KiB. */
  readonly strangers: number;
  /** Signed events that are sent meanwhile, one after the other. */
  readonly events: number;
}

/** How signed events fared. */
export interface FloodMeasure {
  /** Status codes of the events' answers. */
  readonly answers: readonly number[];
  /** Milliseconds until the slowest answer. */
  readonly slowest: number;
  /** MB of the process before, and at most. */
  readonly before: number;
  readonly highest: number;
  /** Status codes that strangers got for bodies of 1 MiB. */
  readonly refusals: readonly number[];
}

/** Sends signed events to a webhook while strangers' bodies do not end. */
export async function measureFlooded(webhook: FloodedWebhook): Promise<FloodMeasure> {
  const { url, pid, secret, strangers, events } = webhook;
  const { port, pathname } = new URL(url);
  const flood = (share: number, bytes: number): ReturnType<typeof startFlood> =>
    startFlood({
      port: Number(port),
      count: strangers * share,
      head: forgedHead(bytes, pathname),
      bytes: bytes - 1,
    });
  const before = readResident(pid);
  using large = flood(2 / 3, mib);
  using small = flood(1 / 3, 65_536);
  while (large.connected + small.connected < strangers) await systemClock.sleep(10);
  const answers: number[] = [];
  let [slowest, highest] = [0, 0];
  for (let event = 0; event < events; event += 1) {
    const body = describeEvent(`01F${event}`, event % 5 === 0 ? "x".repeat(20_000) : "");
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    await systemClock.sleep(100);
    const startedAt = performance.now();
    const response = await fetch(url, { method: "POST", headers, body });
    slowest = Math.max(slowest, performance.now() - startedAt);
    answers.push(response.status);
    highest = Math.max(highest, readResident(pid));
  }
  return { answers, slowest, before, highest, refusals: [...large.statuses] };
}

function describeEvent(id: string, client: string): string {
  const data = { id: "Q1", type: "incident" };
  return JSON.stringify({ event: { id, event_type: "incident.triggered", client, data } });
}
