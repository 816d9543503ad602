import { type ApiOperations, createApi, createTokenGate } from "@pagerport/core";
import type { ApiToken } from "../../packages/core/src/config/parse-api-tokens.ts";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";

/** What lets in whoever asks. */
export const operationsSecret = "alice-0123456789-0123456789-0123";

/** A server's API on a socket, before operations of a test. */
export function serveOperations(
  operations: ApiOperations,
  rights: readonly ("read" | "act")[] = ["read", "act"],
) {
  const clock = new FakeClock();
  const token: ApiToken = { name: "alice", rights: new Set(rights), secret: operationsSecret };
  const api = createApi({
    operations,
    gate: createTokenGate({
      readTokens: () => [token],
      listenHost: "127.0.0.1",
      isShared: false,
      hosts: [],
      clock,
    }),
    audit: { run: (_action, _peer, work) => work(), refuse: async () => undefined },
    clock,
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => api.handle(request, { address: bun.requestIP(request)?.address }),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
