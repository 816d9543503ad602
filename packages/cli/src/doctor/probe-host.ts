import { describeError } from "@pagerport/core";

/** What came of one request that nobody has to be known for. */
export type HostProbe =
  | {
      readonly status: number;
      /** Milliseconds until the answer began. */
      readonly milliseconds: number;
      /** Milliseconds by which the host's clock is ahead of ours; undefined where it told no time. */
      readonly ahead: number | undefined;
      readonly problem?: undefined;
    }
  | { readonly problem: string; readonly advice: string | undefined };

/** Asks a host once, without credentials. Any answer will do. */
export async function probeHost(url: string, signal: AbortSignal): Promise<HostProbe> {
  const startedAt = performance.now();
  try {
    const answer = await fetch(url, { redirect: "manual", signal });
    const milliseconds = performance.now() - startedAt;
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get("date") ?? "");
    // By the middle of the way, and of the second that the header leaves open.
    const then = Date.now() - milliseconds / 2;
    const ahead = Number.isNaN(date) ? undefined : date + 500 - then;
    return { status: answer.status, milliseconds, ahead };
  } catch (error) {
    signal.throwIfAborted();
    return explainFailure(error);
  }
}

const certificateAdvice =
  "Somebody on the way (a proxy that looks into traffic, a host of your own) has a certificate that this machine does not trust. Give its CA as a PEM file: NODE_EXTRA_CA_CERTS=/path/ca.pem (with Deno: DENO_CERT).";

/** What runtimes call a failure (Bun and Node by code, Deno in words), and what to do about it. */
const causes: readonly (readonly [pattern: RegExp, problem: string, advice: string])[] = [
  [
    /ENOTFOUND|EAI_AGAIN|dns error/,
    "its name is not known",
    "Check the address, and whether this machine can look up names; behind a proxy set HTTPS_PROXY.",
  ],
  [
    /ERR_PROXY_TUNNEL|proxy authentication|Request was cancelled/,
    "the proxy does not let it through",
    "Check HTTPS_PROXY, its user and password, and what it allows; NO_PROXY names hosts that need none.",
  ],
  [
    /CERT_HAS_EXPIRED|certificate.*expired|Expired/,
    "its certificate has expired",
    "Check this machine's clock first, then the certificate.",
  ],
  [
    /ALTNAME|NotValidForName/,
    "its certificate is for another name",
    "Check the address; a proxy may answer in its place.",
  ],
  [/CERT|certificate|UNABLE_TO_|SELF_SIGNED/i, "its certificate is not trusted", certificateAdvice],
  [
    /ECONNREFUSED|ConnectionRefused|Connection refused|FailedToOpenSocket/,
    "the connection was refused",
    "Check the address and its port, firewalls, and HTTPS_PROXY where one is needed.",
  ],
  [
    /EPROTO|WRONG_VERSION|SSL|TLS|InvalidContentType/i,
    "it does not speak TLS there",
    "Check whether the address must begin with http:// or https://.",
  ],
];

function explainFailure(error: unknown): HostProbe {
  const text = tellAll(error);
  const known = causes.find(([pattern]) => pattern.test(text));
  const own = describeError(innermost(error)).split("\n")[0] ?? "";
  if (known === undefined) return { problem: own, advice: undefined };
  const [, problem, advice] = known;
  return { problem: `${problem} (${own})`, advice };
}

function tellAll(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return [code, error.message, error.cause === undefined ? "" : tellAll(error.cause)].join(" ");
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}
