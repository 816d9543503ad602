import type { Clock } from "../clock.ts";
import { createEmitter, type EventListener } from "../events.ts";
import { connectHost } from "../http/connect-host.ts";
import { createCredential } from "../http/credential.ts";
import { maskPath, secretsOfUrl } from "../http/mask-url.ts";
import { readPortRateLimit } from "../http/rate-headers.ts";
import { createIngestSink } from "./ingest.ts";
import type { PayloadSink } from "./sink.ts";

/** Posts to one webhook at the same time. */
export const mostPostsInFlight = 16;

export interface ConnectIngestOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  /** The webhook URL of the data source in Port; its path is a secret. */
  readonly url: string;
  readonly secret?: string | undefined;
  /** The secret as it is by now: asked for every 30 s, and when Port refuses the signature. */
  readonly readSecret?: (() => string | undefined) | undefined;
  readonly onEvent?: EventListener;
}

/** Makes a sink for a webhook of Port's that keeps to its rate limit and repeats what failed. */
export function connectIngest(options: ConnectIngestOptions): PayloadSink {
  const { fetch, clock, random, url, secret, onEvent } = options;
  const secrets = [...secretsOfUrl(url), ...(secret === undefined ? [] : [secret])];
  const { readSecret } = options;
  const http = connectHost({
    host: "Port",
    fetch,
    clock,
    random,
    // Port publishes no figure for webhooks: what its answers say is what counts.
    requestsPerMinute: 0,
    rateBudget: 1,
    inFlight: mostPostsInFlight,
    readRateLimit: readPortRateLimit,
    showUrl: maskPath,
    secrets,
    onEvent,
  });
  const credential = createCredential<string | undefined>({
    value: secret,
    read:
      readSecret === undefined
        ? undefined
        : () => {
            const fresh = readSecret();
            if (fresh !== undefined && !secrets.includes(fresh)) secrets.push(fresh);
            return fresh;
          },
    name: "PORT_WEBHOOK_SECRET",
    clock,
    onNotice: (message) => createEmitter(onEvent)({ type: "notice", message }),
  });
  return createIngestSink({ http, url, credential });
}
