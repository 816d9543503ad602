import { systemClock } from "@pagerport/core";
import { hash, pick, unit } from "./random.ts";

/** What can go wrong with one answer. */
export const faultKinds = [
  /** 500 in the host's own shape. */
  "500",
  /** 502 with a page of HTML, as proxies answer. */
  "502-html",
  /** 408, code 2016. */
  "408",
  /** The connection breaks off without an answer, and nothing was done. */
  "reset",
  /** The request was carried out, but the connection breaks off before or within the answer. */
  "reset-after",
  /** The right answer, of which the second half comes late. */
  "slow-body",
  /** 429 with rate-limit headers that say one second. */
  "429",
  /** 429 without them and with a page of HTML. */
  "429-bare",
  /** 200 with a page of HTML, as gateways, proxies and captive portals answer in a host's name. */
  "200-html",
  /** 200 with nothing. */
  "200-empty",
  /** 200 with JSON that is not the host's, as captive portals give it. */
  "200-other",
  /** The request was carried out, but the answer ends after its first half, as if that were all of it. */
  "200-cut",
] as const;

/** One kind of fault. */
export type FaultKind = (typeof faultKinds)[number];

/** The kinds that are an answer in the place of carrying the request out. */
export type AnswerFault = Exclude<FaultKind, "reset" | "reset-after" | "slow-body" | "200-cut">;

/** The kinds that come where none are named: those that show by themselves that they are faults. */
const plainFaultKinds: readonly FaultKind[] = faultKinds.filter((kind) => !kind.startsWith("200"));

/** Which share of requests goes wrong, and how. */
export interface Faults {
  /** From 0 to 1. */
  readonly rate: number;
  /** @default all kinds but those of 200 */
  readonly kinds?: readonly FaultKind[];
  /** Milliseconds that the second half of a slow body is late. @default 1000 */
  readonly slowBodyMs?: number;
}

/** After so long the head of an answer is on its way; before that, Node's server would still turn a broken body into a 500. */
const flushMs = 5;

/** How late a slow body's second half is, where nothing else is said. */
export const defaultSlowBodyMs = 1000;

/** What goes wrong with the request of that number; always the same for the same key and number. */
export function faultOf(faults: Faults | null, key: number, number: number): FaultKind | undefined {
  if (faults === null || unit(key, number, 1) >= faults.rate) return undefined;
  return pick(faults.kinds ?? plainFaultKinds, hash(key, number, 2));
}

/** The answer of the kinds that are an answer. */
export function faultResponse(
  kind: Exclude<AnswerFault, "429">,
  errorOf: (message: string, code: number) => unknown,
): Response {
  switch (kind) {
    case "500":
      return Response.json(errorOf("Internal Server Error", 2000), { status: 500 });
    case "502-html":
      return htmlPage(502, "Bad Gateway");
    case "408":
      return Response.json(errorOf("Request Timeout", 2016), { status: 408 });
    case "200-html":
      return htmlPage(200, "Sign in to the network");
    case "200-empty":
      return new Response("");
    case "200-other":
      return Response.json({ ok: true });
    default:
      return htmlPage(429, "Too Many Requests");
  }
}

/** A page of HTML, as something in front of the API answers. */
export function htmlPage(status: number, title: string): Response {
  return new Response(`<html><head><title>${status} ${title}</title></head></html>\n`, {
    status,
    headers: { "content-type": "text/html" },
  });
}

/**
 * An answer whose connection breaks off: before anything of it, or after the first half of `response`.
 *
 * @param cut breaks the connection off; a body that fails does where there is none
 */
export function breakOff(response: Response | undefined, cut: (() => void) | undefined): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (response !== undefined) {
        const bytes = new Uint8Array(await response.arrayBuffer());
        controller.enqueue(bytes.slice(0, Math.floor(bytes.length / 2)));
        await systemClock.sleep(flushMs);
      }
      cut?.();
      // Without a reason: servers print the reason that they are given.
      if (cut === undefined) controller.error();
      else controller.close();
    },
  });
  // Deno sends the head even so: it must not look like success where nothing was done.
  return new Response(body, { status: response?.status ?? 503, headers: response?.headers });
}

/** The first half of `response`, as if there were no more of it. */
export async function cutInHalf(response: Response): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const body = bytes.length === 0 ? null : bytes.slice(0, Math.floor(bytes.length / 2));
  return new Response(body, { status: response.status, headers });
}

/** `response`, with the second half of its body after `pause`. */
export function slowBody(response: Response, pause: () => Promise<void>): Response {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      const half = Math.floor(bytes.length / 2);
      controller.enqueue(bytes.subarray(0, half));
      await pause();
      controller.enqueue(bytes.subarray(half));
      controller.close();
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
