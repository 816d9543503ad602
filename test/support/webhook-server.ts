import { receiveWebhook, type WebhookReceipt, type WebhookSecret } from "@pagerport/core";
import { createInboxWriter, createWebhookSecrets, type Store } from "@pagerport/core";
import { type Listener, listen } from "../../packages/cli/src/listen.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** A server that takes webhooks into a store, and nothing else. */
export interface WebhookServer extends AsyncDisposable {
  /** Its public address. */
  readonly baseUrl: string;
  readonly receipts: readonly WebhookReceipt[];
}

/** Starts one on a free port. */
export async function startWebhookServer(
  store: Store,
  configured: readonly WebhookSecret[] = [],
): Promise<WebhookServer> {
  const { sql } = store;
  const receipts: WebhookReceipt[] = [];
  const deps = {
    inbox: createInboxWriter({ sql, clock: testClock }),
    secrets: createWebhookSecrets({ sql, configured }),
    clock: testClock,
    onReceipt: (receipt: WebhookReceipt) => void receipts.push(receipt),
  };
  const server: Listener = await listen((request) => receiveWebhook(request, deps), {
    host: "127.0.0.1",
    port: 0,
  });
  return {
    baseUrl: server.url,
    receipts,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
