import { createHmac } from "node:crypto";
import { describeError, type Json } from "@pagerport/core";
import { type AnswerFault, faultOf, faultResponse, htmlPage } from "./faults.ts";
import { deliver, replacesAnswer } from "./gate.ts";
import type { IngestCatalogWriter } from "./ingest-catalog.ts";
import type { WebhookIngest } from "./port/webhook-ingest.ts";
import { RateWindow } from "./rate-window.ts";
import type { ReceivedLog } from "./received.ts";
import { notify } from "./traffic.ts";
import type { World } from "./world.ts";

/** The largest payload that is taken: 1 MiB. */
const maxBodyBytes = 1024 * 1024;

/** Key of the faults' and latencies' draws, so that they differ from PagerDuty's. */
const ingestKey = 0x696e67;

export interface IngestHandlerOptions {
  readonly received: ReceivedLog;
  /** Path of the webhook that is there from the start. */
  readonly ingestPath: string;
  readonly catalog: IngestCatalogWriter | undefined;
  /** Those that were made by Port's API. */
  readonly webhooks: WebhookIngest;
}

/** Port's webhook URLs: each takes one JSON document per POST. */
export function ingestHandler(
  world: World,
  { received, ingestPath, catalog, webhooks }: IngestHandlerOptions,
): (request: Request, cut?: () => void) => Promise<Response> {
  const key = world.account.key ^ ingestKey;
  const window = new RateWindow(world.startedAt);

  const carryOut = async (request: Request, path: string, keep: boolean): Promise<Response> => {
    const { status, secret, reject } = world.behaviour.ingest;
    if (request.method !== "POST") return noWebhook();
    if (status !== null)
      return refusal(status, "status_override", `Always answered with ${status}`);
    if (Number(request.headers.get("content-length")) > maxBodyBytes) return tooLarge();
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > maxBodyBytes) return tooLarge();
    if (path !== ingestPath) {
      const webhookKey = path.slice("/ingest/".length);
      return (await webhooks.take(webhookKey, request, body)) ?? noWebhook();
    }
    if (secret !== null && !isSigned(body, request.headers.get("x-pagerduty-signature"), secret)) {
      return refusal(401, "invalid_signature", "The signature does not match the body");
    }
    let payload: Json;
    try {
      payload = JSON.parse(new TextDecoder().decode(body));
    } catch (error) {
      return refusal(400, "invalid_json", describeError(error));
    }
    const rejection = reject(payload);
    if (rejection !== undefined) return refusal(rejection.status, "rejected", rejection.message);
    if (keep) {
      received.add(payload);
      await catalog?.take(request, payload);
    }
    return Response.json({ ok: true }, { status: 202 });
  };

  return async (request, cut) => {
    const { ingest } = world.behaviour;
    const traffic = world.ingestTraffic;
    const { pathname } = new URL(request.url);
    const number = traffic.arrive(`${request.method} ${pathname === ingestPath ? "/:key" : "/?"}`);
    await notify(world.listeners, "ingest", number, request.method, pathname);

    let fault = faultOf(ingest.faults, key, number);
    const turn = ingest.rate === null ? undefined : window.take(world.clock.traffic(), ingest.rate);
    let response: Response;
    if (turn?.allowed === false) {
      fault = undefined;
      response =
        ingest.rate?.bare429 === true ? htmlPage(429, "Too Many Requests") : slowDown(turn.resetMs);
    } else if (replacesAnswer(fault)) {
      response = faultAnswer(fault);
    } else {
      response = await carryOut(request, pathname, fault !== "reset");
    }
    if (turn !== undefined && !(ingest.rate?.bare429 === true && !turn.allowed)) {
      const resetAt = Math.ceil((world.clock.traffic() + turn.resetMs) / 1000);
      // The reset is a moment, and is compared with this one.
      response.headers.set("date", new Date(world.clock.traffic()).toUTCString());
      response.headers.set("x-ratelimit-limit", String(turn.limit));
      response.headers.set("x-ratelimit-remaining", String(turn.remaining));
      response.headers.set("x-ratelimit-reset", String(resetAt));
    }
    const { latency, faults } = ingest;
    const closing = world.closing;
    const given = await deliver(response, { key, number, latency, faults, fault, closing, cut });
    traffic.leave(fault === "reset" || fault === "reset-after" ? "reset" : given.status);
    return given;
  };
}

/** Whether one of the header's `v1=` values is the HMAC-SHA256 of the body, in lower-case hexadecimal. */
function isSigned(body: Uint8Array, header: string | null, secret: string): boolean {
  const expected = `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return header?.split(",").some((value) => value.trim() === expected) === true;
}

function faultAnswer(kind: AnswerFault): Response {
  if (kind === "429") return slowDown(1000);
  return faultResponse(kind, (message) => ({ ok: false, error: "fault", message }));
}

function slowDown(resetMs: number): Response {
  const response = refusal(429, "rate_limit", "Too many requests");
  response.headers.set("retry-after", String(Math.ceil(resetMs / 1000)));
  return response;
}

function noWebhook(): Response {
  return refusal(404, "not_found", "No webhook of this key");
}

function tooLarge(): Response {
  return refusal(413, "payload_too_large", "The body must not be larger than 1 MiB");
}

function refusal(status: number, error: string, message: string): Response {
  return Response.json({ ok: false, error, message }, { status });
}
