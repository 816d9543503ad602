import {
  type Api,
  type ApiOperations,
  apiBasePath,
  type ApiSettings,
  type ApiToken,
  type AuditLine,
  type Clock,
  ConfigError,
  createApi,
  createStoreAudit,
  createTokenGate,
  describeError,
  isLoopback,
  type RefusedRequest,
  type RequestPeer,
  type ServerSettings,
  type Sql,
} from "@pagerport/core";
import { type Handler, type Listener, listen } from "../listen.ts";
import type { Log } from "../ui/log.ts";
import { type CountedHandler, countRequests } from "./count-requests.ts";
import { throttleLines } from "./throttle-lines.ts";

export interface OpenApiOptions {
  readonly settings: Pick<ServerSettings, "api" | "listen" | "pathPrefix">;
  readonly operations: ApiOperations;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
}

/** A server's API. */
export interface ServerApi {
  /** Leads what is for the API to it, where it shares the webhook's address; else all to the other. */
  share(handler: Handler): Handler;
  /**
   * Makes it listen; undefined where it shares the webhook's address, and where the default address is taken:
   * that is told.
   *
   * @throws {ConfigError} where the address that was set is taken
   */
  listen(): Promise<{ readonly listener: Listener; readonly counted: CountedHandler } | undefined>;
}

/** Makes the API of a server; it does not listen yet. What it does is logged. */
export function openApi(options: OpenApiOptions): ServerApi {
  const { settings, log } = options;
  const { api: own, listen: webhook, pathPrefix } = settings;
  const isShared = own.listen.port !== 0 && areSame(own.listen, webhook);
  const basePaths = [...new Set(["", pathPrefix])].map((prefix) => `${prefix}${apiBasePath}`);
  const api = createServerApi(options, { isShared, basePaths });
  const handle: Handler = (request, _cut, readAddress) =>
    api.handle(request, { address: readAddress?.() });
  warnOfTokens(own, isShared, log);

  return {
    share(handler) {
      if (!isShared) return handler;
      return (request, cut, readAddress) =>
        basePaths.some((path) => new URL(request.url).pathname.startsWith(`${path}/`))
          ? handle(request, cut, readAddress)
          : handler(request, cut, readAddress);
    },
    async listen() {
      if (isShared) {
        log.info("The API is on the webhook's address", { path: basePaths.at(-1) });
        return undefined;
      }
      const counted = countRequests(handle);
      try {
        const listener = await listen(counted.handle, own.listen);
        log.info(`The API is on ${listener.url}${apiBasePath}`, { port: listener.port });
        return { listener, counted };
      } catch (error) {
        if (own.isListenGiven || !(error instanceof ConfigError)) throw error;
        log.warn(
          `There is no API: ${describeError(error)}. Something else has the address; set PAGERPORT_API_LISTEN to one that is free`,
        );
        return undefined;
      }
    },
  };
}

function createServerApi(
  { settings: { api }, operations, sql, clock, log }: OpenApiOptions,
  { isShared, basePaths }: { readonly isShared: boolean; readonly basePaths: readonly string[] },
): Api<RequestPeer> {
  const { listen: address, hosts } = api;
  return createApi({
    operations,
    gate: createTokenGate({
      readTokens: readLatest(api, log),
      listenHost: address.host,
      isShared,
      hosts,
      clock,
    }),
    audit: createStoreAudit({ sql, clock, onRecord: (line) => logAction(line, log) }),
    clock,
    basePaths,
    onRefused: throttleLines<RefusedRequest>({
      clock,
      tellOne: ({ detail, ...fields }) =>
        log.warn("A request to the API was refused", { ...fields, reason: detail }),
      tellRest: (count, { from }) =>
        log.warn("More requests to the API were refused", { count, from }),
    }),
    onError: (error) =>
      log.error("A request to the API could not be answered", { error: describeError(error) }),
  });
}

/** The tokens as their file has them; as they were before while it has become one that cannot be. */
function readLatest({ tokens, readTokens }: ApiSettings, log: Log): () => readonly ApiToken[] {
  let latest = tokens;
  let told = "";
  return () => {
    try {
      latest = readTokens();
      told = "";
    } catch (error) {
      const message = describeError(error);
      if (message !== told) log.error("Tokens of the API stay as they were", { error: message });
      told = message;
    }
    return latest;
  };
}

function logAction({ outcome, ...action }: AuditLine, log: Log): void {
  log[outcome === "done" ? "info" : "warn"]("By hand, over the API", { ...action, outcome });
}

function warnOfTokens(
  { tokens, listen: { host, port } }: ApiSettings,
  isShared: boolean,
  log: Log,
): void {
  if (tokens.length > 0 || (isLoopback(host) && !isShared)) return;
  log.warn(
    `The API at ${host}:${port} answers nobody: others can reach it, and there are no tokens. Set PAGERPORT_API_TOKENS to something like alice:read+act:SECRET`,
  );
}

function areSame(one: ServerSettings["listen"], other: ServerSettings["listen"]): boolean {
  return one.port === other.port && one.host === other.host;
}
