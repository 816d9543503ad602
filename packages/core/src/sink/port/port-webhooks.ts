import { HttpError, PagerportError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { PortAnswer, PortClient } from "./port-client.ts";

/** A webhook data source of Port: a URL, and mappings of what is posted there. */
export interface PortWebhook {
  readonly identifier: string;
  /** The end of its URL, which is all that a sender must know; treat it as a secret. */
  readonly key: string;
  /** Undefined where Port tells the key only. */
  readonly url: string | undefined;
  /** All of it, as Port gives it. */
  readonly json: JsonObject;
}

/** Reads a webhook; undefined where there is none of that name. */
export async function readPortWebhook(
  port: PortClient,
  identifier: string,
  signal?: AbortSignal,
): Promise<PortWebhook | undefined> {
  try {
    const path = pathOf(identifier);
    return parseWebhook(await port.send({ method: "GET", path, signal }), `GET /v1${path}`);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/** Makes a webhook. */
export async function createPortWebhook(
  port: PortClient,
  body: JsonObject,
  signal?: AbortSignal,
): Promise<PortWebhook> {
  const path = "/webhooks";
  return parseWebhook(await port.send({ method: "POST", path, body, signal }), `POST /v1${path}`);
}

/** Changes fields of a webhook; its mappings and its security settings each as a whole. */
export async function changePortWebhook(
  port: PortClient,
  identifier: string,
  changes: JsonObject,
  signal?: AbortSignal,
): Promise<PortWebhook> {
  const path = pathOf(identifier);
  const answer = await port.send({ method: "PATCH", path, body: changes, signal });
  return parseWebhook(answer, `PATCH /v1${path}`);
}

function pathOf(identifier: string): string {
  return `/webhooks/${encodeURIComponent(identifier)}`;
}

function parseWebhook({ body }: PortAnswer, request: string): PortWebhook {
  const json = [body["integration"], body["webhook"]].find((value) => isJsonObject(value));
  const { identifier, webhookKey, url } = json ?? {};
  if (json === undefined || typeof identifier !== "string" || typeof webhookKey !== "string") {
    throw new PagerportError(`Port's answer holds no webhook with its key: ${request}`);
  }
  return { identifier, key: webhookKey, url: typeof url === "string" ? url : undefined, json };
}
