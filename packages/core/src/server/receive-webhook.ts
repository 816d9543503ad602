import { readRequestPath } from "../request-path.ts";
import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import type { ReceivedEvent } from "../store/inbox.ts";
import type { InboxWriter } from "../store/inbox-writer.ts";
import { findEventType } from "../webhook/event-types.ts";
import { findTouched } from "../webhook/find-touched.ts";
import { parseEvent } from "../webhook/parse-event.ts";
import { findSigner, parseSignature, type WebhookSecret } from "../webhook/verify-signature.ts";
import { webhookPaths } from "../webhook/webhook-paths.ts";
import { type BodyBudget, createBodyBudget } from "./body-budget.ts";
import {
  announcedLength,
  type BodyProblem,
  bodyTimeLimit,
  largestBody,
  readBody,
} from "./read-body.ts";
import type { WebhookSecrets } from "./webhook-secrets.ts";

/**
 * - `accepted`: it is in the inbox
 * - `known`: it was already
 * - `ignored`: nothing depends on it; its type is not known, or it is a ping
 * - `dead`: it is in the inbox, but cannot be read, or the object that it is about cannot be found in it
 * - `refused`: it is not PagerDuty's, as far as can be told
 * - `unavailable`: it could not be kept, and PagerDuty is to send it again
 * - `busy`: the bodies of others left no room to read it, and PagerDuty is to send it again
 */
export type ReceiptOutcome =
  | "accepted"
  | "known"
  | "ignored"
  | "dead"
  | "refused"
  | "unavailable"
  | "busy";

/** `wrong`: there is one that PagerDuty may have made, but with no secret that is known here. */
export type SignatureCheck = "matched" | "wrong" | "missing";

/** What became of a request: for logs and metrics. No payload, header or secret is in it. */
export interface WebhookReceipt {
  /** Of the answer. */
  readonly status: number;
  readonly outcome: ReceiptOutcome;
  /** Why, for a person, where it is not `accepted` or `known`. */
  readonly reason: string | undefined;
  /** Undefined where it was not read so far. */
  readonly eventId: string | undefined;
  readonly eventType: string | undefined;
  /** The object that it is about, `incidents/Q1…`. */
  readonly key: string | undefined;
  /** Whether a known secret made its signature; undefined where that was not looked at. */
  readonly signature: SignatureCheck | undefined;
  /** Name of the secret that it was signed with. */
  readonly signedBy: string | undefined;
  readonly milliseconds: number;
}

export interface ReceiveWebhookDeps {
  readonly inbox: InboxWriter;
  readonly secrets: WebhookSecrets;
  readonly clock: Clock;
  /** Shared by all requests of a server; without it each has one of its own, which is no limit. */
  readonly bodies?: BodyBudget | undefined;
  /** @default {@link webhookPaths} */
  readonly paths?: readonly string[] | undefined;
  /** Takes what is not signed too: for tests only. @default false */
  readonly acceptsUnsigned?: boolean | undefined;
  /** Told of every request when it has been dealt with; an error in it is no harm. */
  readonly onReceipt?: ((receipt: WebhookReceipt) => void) | undefined;
}

/** Seconds after which a server that was busy is asked again: none of the bodies is read for longer. */
const busySeconds = bodyTimeLimit / 1000;

type Receipt = Omit<WebhookReceipt, "milliseconds">;

/**
 * Takes one webhook of PagerDuty's. It is looked at in this order: path (404) and method (405), the size
 * that is announced (413), the type (415), whether there is a signature at all (401), the body (413 where
 * it is too large, 408 where it does not arrive in time, 503 with `retry-after` where there is no room for
 * it: {@link BodyBudget}), the signature (401). What is signed is answered 202 once it is on disk, whatever it is, or 503: PagerDuty sends again what got a 503, drops
 * what got a 4xx, and after three of those in a row disables the subscription for a day.
 * {@link https://developer.pagerduty.com/docs/webhooks-overview}
 */
export async function receiveWebhook(
  request: Request,
  deps: ReceiveWebhookDeps,
): Promise<Response> {
  const startedAt = deps.clock.now();
  const receipt = await receive(request, deps);
  try {
    deps.onReceipt?.({ ...receipt, milliseconds: deps.clock.now() - startedAt });
  } catch {
    // A broken log must not make PagerDuty send the event again.
  }
  return answer(receipt);
}

async function receive(request: Request, deps: ReceiveWebhookDeps): Promise<Receipt> {
  if (!(deps.paths ?? webhookPaths).includes(readRequestPath(request)))
    return refuse(404, "There is nothing here");
  if (request.method !== "POST") return refuse(405, "Webhooks are POSTed");
  if ((announcedLength(request) ?? 0) > largestBody) return refuseBody("too large");
  if (!isJson(request.headers)) return refuse(415, "The content type must be application/json");
  try {
    const header = request.headers.get("x-pagerduty-signature");
    // Nothing has to be read to know that it will not be taken.
    if (deps.acceptsUnsigned !== true && parseSignature(header).length === 0)
      return await refuseUnsigned(deps.secrets);
    const { clock, bodies = createBodyBudget({ clock }) } = deps;
    const { body, problem } = await readBody(request, { clock, bodies });
    if (problem !== undefined) return refuseBody(problem);
    const { signer, signature, hasSecrets } = await checkSignature(body, header, deps.secrets);
    if (signer !== undefined || deps.acceptsUnsigned === true) {
      return { ...(await keep(readEvent(body, signer?.name), deps.inbox)), signature };
    }
    if (!hasSecrets) return lackSecrets();
    return { ...refuse(401, "The signature does not match"), signature };
  } catch (error) {
    return makeReceipt(503, "unavailable", describeError(error));
  }
}

async function refuseUnsigned(secrets: WebhookSecrets): Promise<Receipt> {
  const known = (await secrets.known()).length > 0 || (await secrets.reread()).length > 0;
  if (!known) return lackSecrets();
  return { ...refuse(401, "The signature does not match"), signature: "missing" };
}

function lackSecrets(): Receipt {
  return makeReceipt(503, "unavailable", "There is no secret to check it with");
}

async function checkSignature(
  body: Uint8Array,
  header: string | null,
  secrets: WebhookSecrets,
): Promise<{
  readonly signer: WebhookSecret | undefined;
  readonly signature: SignatureCheck;
  readonly hasSecrets: boolean;
}> {
  const digests = parseSignature(header);
  const known = await secrets.known();
  const signer = findSigner(body, digests, known);
  if (signer !== undefined) return { signer, signature: "matched", hasSecrets: true };
  if (digests.length === 0 && known.length > 0) {
    return { signer, signature: "missing", hasSecrets: true };
  }
  // It may be of a subscription that another replica has just made.
  const latest = await secrets.reread();
  const late = findSigner(body, digests, latest);
  const signature = digests.length === 0 ? "missing" : late === undefined ? "wrong" : "matched";
  return { signer: late, signature, hasSecrets: latest.length > 0 };
}

function readEvent(payload: Uint8Array, signedBy: string | undefined): ReceivedEvent {
  const { event, unreadable } = parseEvent(payload);
  if (event === undefined) {
    const { id, reason: error } = unreadable;
    const nothing = { type: "unreadable", key: undefined, others: [], occurredAt: undefined };
    return { id, ...nothing, signedBy, payload, state: "dead", error };
  }
  const { id, type, occurredAt } = event;
  const { key, others } = findTouched(event);
  const received = { id, type, key, others, occurredAt, signedBy, payload };
  if (findEventType(type)?.kind === undefined) return { ...received, state: "done" };
  if (key !== undefined) return { ...received, state: "waiting" };
  const error = "The event does not say what it is about: there is no id where its type has it";
  return { ...received, state: "dead", error };
}

async function keep(event: ReceivedEvent, inbox: InboxWriter): Promise<Receipt> {
  const tell = (status: number, outcome: ReceiptOutcome, reason?: string): Receipt => {
    const { id: eventId, type: eventType, key, signedBy } = event;
    return { status, outcome, reason, eventId, eventType, key, signature: undefined, signedBy };
  };
  try {
    if (!(await inbox.add(event))) return tell(202, "known");
  } catch (error) {
    return tell(503, "unavailable", describeError(error));
  }
  if (event.state === "dead") return tell(202, "dead", event.error);
  if (event.state === "waiting") return tell(202, "accepted");
  return tell(202, "ignored", "Nothing depends on this type of event");
}

function isJson(headers: Headers): boolean {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  const encoding = headers.get("content-encoding") ?? "identity";
  return type.trim().toLowerCase() === "application/json" && encoding === "identity";
}

function refuseBody(problem: BodyProblem): Receipt {
  if (problem === "busy") return makeReceipt(503, "busy", "Too many bodies are being read");
  if (problem === "too large") return refuse(413, "The body is larger than 1 MiB");
  if (problem === "too slow") return refuse(408, "The body did not arrive in time");
  return refuse(400, "The body broke off");
}

function refuse(status: number, reason: string): Receipt {
  return makeReceipt(status, "refused", reason);
}

function makeReceipt(status: number, outcome: ReceiptOutcome, reason?: string): Receipt {
  const unread = { eventId: undefined, eventType: undefined, key: undefined };
  return { status, outcome, reason, ...unread, signature: undefined, signedBy: undefined };
}

/** Whether its body was not read to its end. */
function isUnread({ status, outcome, signature }: Receipt): boolean {
  return [400, 408, 413, 415].includes(status) || outcome === "busy" || signature === "missing";
}

/** Nothing of the inside is told to the outside. */
function answer(receipt: Receipt): Response {
  const { status, outcome, reason } = receipt;
  const body = outcome === "refused" ? { outcome, reason } : { outcome };
  const response = Response.json(body, { status });
  if (status === 405) response.headers.set("allow", "POST");
  if (outcome === "busy") response.headers.set("retry-after", String(busySeconds));
  // The rest of the body may still be on its way.
  if (isUnread(receipt)) response.headers.set("connection", "close");
  return response;
}
