import { describeError } from "@pagerport/core";

/** How one attempt to deliver a webhook ended. */
export interface Attempt {
  /** Milliseconds since 1970 by the clock's traffic time, when it began. */
  readonly at: number;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** Why there was no answer. */
  readonly error: string | undefined;
}

/** What follows from an attempt (PagerDuty's guide: 2xx is success, and what may pass is tried again). */
export type Verdict = "delivered" | "retry" | "drop";

/** What {@link postWebhook} sends. */
export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts a webhook once. @param signal aborted when the answer takes too long */
export async function postWebhook(
  fetch: (request: Request) => Promise<Response>,
  { url, headers, body }: WebhookPost,
  signal: AbortSignal,
): Promise<Omit<Attempt, "at"> & { readonly verdict: Verdict | "redirected" }> {
  try {
    const { target, authorization } = splitCredentials(url);
    const all = authorization === undefined ? headers : { authorization, ...headers };
    const init = { method: "POST", headers: all, body, redirect: "manual", signal } as const;
    const response = await fetch(new Request(target, init));
    // Read to its end, so that the connection can be used again.
    await response.arrayBuffer().catch(() => undefined);
    const { status } = response;
    return { status, error: undefined, verdict: verdictOf(status) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const verdict = isBadCertificate(cause) ? "drop" : "retry";
    return { status: undefined, error: describeError(cause), verdict };
  }
}

function verdictOf(status: number): Verdict | "redirected" {
  if (status >= 200 && status < 300) return "delivered";
  if (status === 429 || status >= 500) return "retry";
  return status >= 300 && status < 400 ? "redirected" : "drop";
}

/** Credentials of a URL go into a header: no `fetch` takes them otherwise. */
function splitCredentials(url: string): { target: string; authorization: string | undefined } {
  if (!url.includes("@")) return { target: url, authorization: undefined };
  const target = new URL(url);
  const { username, password } = target;
  if (username === "" && password === "") return { target: url, authorization: undefined };
  target.username = "";
  target.password = "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { target: target.href, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Whether it is the certificate, and not only that it expired, which PagerDuty takes for passing. */
function isBadCertificate(cause: unknown): boolean {
  const text = `${String(Reflect.get(Object(cause), "code"))} ${describeError(cause)}`;
  return /cert|self.signed|issuer/i.test(text) && !/expired/i.test(text);
}
