import { createHmac } from "node:crypto";
import { systemClock } from "../clock.ts";
import { HttpError, UnusableAnswerError } from "../errors.ts";
import type { HttpAnswer, HttpClient } from "../http/client.ts";
import { createCredential, type Credential } from "../http/credential.ts";
import type { PayloadSink } from "./sink.ts";

/** Answers that are about the one object that was sent: it is set aside, the rest goes on. */
const refusesObject: ReadonlySet<number> = new Set([400, 409, 413, 422]);

export interface IngestSinkOptions {
  readonly http: HttpClient;
  /** The webhook URL that Port shows for the data source (`PORT_URL`). */
  readonly url: string;
  /** Signs each body where the webhook in Port demands it (`PORT_WEBHOOK_SECRET`). */
  readonly secret?: string | undefined;
  /** The same where it may be replaced meanwhile. @default the secret stays as it is */
  readonly credential?: Credential<string | undefined> | undefined;
}

/** Makes a sink that posts each payload to a webhook of Port's. */
export function createIngestSink(options: IngestSinkOptions): PayloadSink {
  const { http, url } = options;
  const {
    credential = createCredential<string | undefined>({
      value: options.secret,
      name: "PORT_WEBHOOK_SECRET",
      clock: systemClock,
    }),
  } = options;

  async function post(
    line: string,
    secret: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (secret !== undefined) headers["x-pagerduty-signature"] = sign(line, secret);
    await http.send({
      method: "POST",
      url,
      headers,
      body: line,
      signal,
      signalEnds: "retries",
      examine: isPage,
    });
  }

  return {
    async deliver({ line }, signal) {
      const secret = await credential.use();
      try {
        try {
          await post(line, secret, signal);
        } catch (error) {
          const isRefused = error instanceof HttpError && [401, 403].includes(error.status);
          const other = isRefused ? await credential.replace(secret) : undefined;
          if (other === undefined) throw error;
          await post(line, other, signal);
        }
        return { accepted: true };
      } catch (error) {
        if (error instanceof UnusableAnswerError) {
          throw error.withAdvice("Is PORT_URL the address of the webhook that Port shows?");
        }
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

/** Nobody reads what Port says to a success, if anything; a page of HTML it never says. */
function isPage({ text, headers }: HttpAnswer): string | undefined {
  const isHtml = headers.get("content-type")?.includes("text/html") === true;
  return isHtml || text.trimStart().startsWith("<") ? "a page of HTML" : undefined;
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
