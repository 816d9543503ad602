import { createHmac } from "node:crypto";
import { HttpError } from "../errors.ts";
import type { HttpClient } from "../http/client.ts";
import type { PayloadSink } from "./sink.ts";

/** Answers that are about the one object that was sent: it is set aside, the rest goes on. */
const refusesObject: ReadonlySet<number> = new Set([400, 409, 413, 422]);

export interface IngestSinkOptions {
  readonly http: HttpClient;
  /** The webhook URL that Port shows for the data source (`PORT_URL`). */
  readonly url: string;
  /** Signs each body where the webhook in Port demands it (`PORT_WEBHOOK_SECRET`). */
  readonly secret?: string | undefined;
}

/** Makes a sink that posts each payload to a webhook of Port's. */
export function createIngestSink(options: IngestSinkOptions): PayloadSink {
  const { http, url, secret } = options;
  return {
    async deliver({ line }, signal) {
      const headers: Record<string, string> = { "content-type": "application/json" };
      if (secret !== undefined) headers["x-pagerduty-signature"] = sign(line, secret);
      try {
        await http.send({
          method: "POST",
          url,
          headers,
          body: line,
          signal,
          signalEnds: "retries",
        });
        return { accepted: true };
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        if (refusesObject.has(error.status)) {
          return { accepted: false, status: error.status, reason: error.reason };
        }
        const advice = adviceFor(error.status, secret !== undefined);
        throw advice === "" ? error : error.withAdvice(advice);
      }
    },
  };
}

/** As PagerDuty signs its webhooks, which is what Port's mapper is set up to check. */
function sign(body: string, secret: string): string {
  return `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

function adviceFor(status: number, isSigned: boolean): string {
  if (status === 401 || status === 403) {
    return isSigned
      ? "Port's webhook does not accept the signature: check that PORT_WEBHOOK_SECRET is the secret of the webhook behind PORT_URL."
      : "Port's webhook wants signed requests: set PORT_WEBHOOK_SECRET to the secret of the webhook behind PORT_URL.";
  }
  if (status === 404 || status === 410) {
    return "There is no webhook at PORT_URL: copy the URL of the data source from Port again.";
  }
  if (status >= 300 && status < 400) {
    return "PORT_URL redirects elsewhere, and a POST must not follow: set it to the final address.";
  }
  // It is a webhook, but it serves nobody just now.
  if (status >= 500 || status === 408 || status === 429) return "";
  return "Check PORT_URL: it does not behave like a webhook of Port's.";
}
