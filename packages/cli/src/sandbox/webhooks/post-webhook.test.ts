import { expect, test } from "bun:test";
import { postWebhook } from "./post-webhook.ts";

const post = { url: "https://subscriber.example/webhook", headers: {}, body: "{}" };
const { signal } = new AbortController();

test("postWebhook() takes errors of the network for passing, and those of certificates but one for final", async () => {
  const table: [code: string, message: string, verdict: string][] = [
    ["ECONNREFUSED", "Unable to connect", "retry"],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND subscriber.example", "retry"],
    ["ECONNRESET", "socket hang up", "retry"],
    ["CERT_HAS_EXPIRED", "certificate has expired", "retry"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", "drop"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate", "drop"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", "drop"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", "drop"],
  ];
  for (const [code, message, verdict] of table) {
    const bare = Object.assign(new Error(message), { code });
    // Node and Deno wrap it, Bun does not.
    for (const error of [bare, new TypeError("fetch failed", { cause: bare })]) {
      const result = await postWebhook(() => Promise.reject(error), post, signal);
      expect([code, result.verdict, result.status]).toEqual([code, verdict, undefined]);
      expect(result.error).toContain(message);
    }
  }
});

test("postWebhook() follows no redirect", async () => {
  const result = await postWebhook(
    (request) => Promise.resolve(new Response(request.redirect, { status: 302 })),
    post,
    signal,
  );
  expect(result).toEqual({ status: 302, error: undefined, verdict: "redirected" });
});
