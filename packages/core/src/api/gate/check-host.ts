import { isIP } from "node:net";
import { ApiProblem } from "../problem.ts";
import { isEveryInterface, isLoopback } from "./is-loopback.ts";

/**
 * Refuses requests that were sent to a name which this server does not go by: a page elsewhere can have
 * its own name lead to this machine, and then a browser takes our answers for that page's own.
 *
 * @param listenHost where the server listens
 * @param names names that it goes by besides
 * @throws {ApiProblem}
 */
export function checkHost(request: Request, listenHost: string, names: readonly string[]): void {
  const host = readHost(request);
  const isKnown =
    host !== undefined &&
    (isLoopback(host) ||
      host === listenHost.toLowerCase() ||
      names.some((name) => name.toLowerCase() === host) ||
      // Nobody can have an address lead elsewhere.
      (isEveryInterface(listenHost) && isIP(host) !== 0));
  if (isKnown) return;
  throw new ApiProblem(
    "misdirected",
    "The Host of the request is none that this server goes by: PAGERPORT_API_HOSTS adds names to it",
  );
}

/**
 * Refuses what a page of another site sends by a browser of somebody who may.
 *
 * @throws {ApiProblem}
 */
export function checkSite(request: Request): void {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const isOwn = origin === null || isOriginOf(origin, headers.get("host"));
  if (isOwn && (site === null || site === "same-origin" || site === "none")) return;
  throw new ApiProblem("not-allowed", "Pages of other sites may not ask this server");
}

/** The host that was asked, without port and brackets; undefined where it is not understood. */
function readHost(request: Request): string | undefined {
  const { headers, url } = request;
  const text = headers.get("host") ?? (URL.canParse(url) ? new URL(url).host : "");
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(text);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function isOriginOf(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && host !== null && new URL(origin).host === host.toLowerCase();
}
