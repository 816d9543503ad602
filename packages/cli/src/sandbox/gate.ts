import { systemClock } from "@pagerport/core";
import type { Latency } from "./behaviour.ts";
import {
  type AnswerFault,
  breakOff,
  cutInHalf,
  defaultSlowBodyMs,
  type Faults,
  type FaultKind,
  slowBody,
} from "./faults.ts";
import { unit } from "./random.ts";

/** What both sides do with an answer before they give it: hold it back, break it off, slow it down. */
export interface Delivery {
  readonly key: number;
  /** Of the request, from 1 on. */
  readonly number: number;
  readonly latency: Latency | null;
  readonly faults: Faults | null;
  readonly fault: FaultKind | undefined;
  /** Aborted when the sandbox closes: nothing is held back any longer. */
  readonly closing: AbortSignal;
  /** Breaks the connection off, where the runtime offers that. */
  readonly cut: (() => void) | undefined;
}

/** Gives `response` as the sandbox's settings want it given. */
export async function deliver(response: Response, delivery: Delivery): Promise<Response> {
  const { latency, key, number, closing, fault } = delivery;
  if (latency !== null) {
    const share = unit(key, number, 3);
    await pause(latency.minMs + share * (latency.maxMs - latency.minMs), closing);
  }
  if (fault === "slow-body") {
    const late = delivery.faults?.slowBodyMs ?? defaultSlowBodyMs;
    return slowBody(response, () => pause(late, closing));
  }
  if (fault === "200-cut") return cutInHalf(response);
  if (fault === "reset") return breakOff(undefined, delivery.cut);
  if (fault === "reset-after") {
    // Half of them come within the body, when a client already believes in success.
    return breakOff(unit(key, number, 4) < 0.5 ? response : undefined, delivery.cut);
  }
  return response;
}

/** Whether the fault takes the place of carrying the request out. */
export function replacesAnswer(fault: FaultKind | undefined): fault is AnswerFault {
  return fault !== undefined && !/^(?:reset|slow|200-cut)/.test(fault);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Rejects only when the sandbox closes, and then there is nothing to wait for.
  await systemClock.sleep(milliseconds, signal).catch(() => {});
}
