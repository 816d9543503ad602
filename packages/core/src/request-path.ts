import { getPath } from "hono/utils/url";

/**
 * The path of a request's address, without query and fragment. Of a request that names no host (HTTP/1.0
 * checks of load balancers) Bun gives the path alone in its place, which may begin with two slashes.
 */
export function readRequestPath({ url }: Pick<Request, "url">): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + "://".length);
  const end = url.slice(start).search(/[?#]/u);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/** The same for Hono's router, which knows a path in whichever way it is written. */
export function readRoutePath(request: Request): string {
  if (!request.url.startsWith("/")) return getPath(request);
  return getPath(new Request(`http://localhost${request.url}`));
}
