import { exitCodes } from "../../context.ts";
import { formatDuration } from "../../ui/format.ts";
import type { ExaminedHost } from "../examination.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "../finding.ts";
import type { HostProbe } from "../probe-host.ts";

type Host = Pick<ExaminedHost<unknown, unknown>, "probe"> | undefined;

/** A proxy that wants to know who asks answers so in the host's place. */
const proxyAuthenticationRequired = 407;

/** Whether a host answers, how fast, and whose clock is wrong. */
export function checkHost(name: string, url: string | undefined, host: Host): Check {
  return {
    name,
    run: async (signal) => {
      if (host === undefined || url === undefined)
        return skipped("its settings are missing or wrong, see above");
      return judge(url, await host.probe(signal));
    },
  };
}

/** Further than this, and times in logs and tokens' lives are told wrongly. Milliseconds. */
const mostSkew = 30_000;

function judge(url: string, probe: HostProbe): Finding {
  if (probe.problem !== undefined) {
    const message = `${url} cannot be reached: ${probe.problem}`;
    return failed(message, probe.advice, exitCodes.unavailable);
  }
  const { status, milliseconds, ahead } = probe;
  if (status === proxyAuthenticationRequired) {
    const advice = "Give it: HTTPS_PROXY=http://user:password@host:port";
    return failed("The proxy wants a user and a password (407)", advice, exitCodes.unavailable);
  }
  if (status >= 500) {
    const message = `${url} answers, but with ${status}`;
    return failed(message, "Try again later; is it the right address?", exitCodes.unavailable);
  }
  if (status === 404) {
    return failed(`${url} answers, but does not know this API (404)`, "Check the address.");
  }
  const told = `${url} answers in ${formatDuration(milliseconds)}`;
  if (ahead === undefined || Math.abs(ahead) <= mostSkew) return ok(`${told}; clocks agree`);
  const which = ahead > 0 ? "behind" : "ahead of";
  const message = `${told}; this machine's clock is ${formatDuration(Math.abs(ahead))} ${which} its`;
  return warning(message, "Set this machine's clock (NTP).");
}

/**
 * Why a check of a host is left out; undefined where it answers.
 *
 * @param enter what only who is known may do: where it fails, another check tells why
 */
export async function whyNot(
  host: Host,
  signal: AbortSignal,
  enter?: (signal: AbortSignal) => Promise<unknown>,
): Promise<Finding | undefined> {
  if (host === undefined) return skipped("its settings are missing or wrong, see above");
  const probe = await host.probe(signal);
  if (probe.problem !== undefined) return skipped("it cannot be reached");
  try {
    await enter?.(signal);
    return undefined;
  } catch {
    return skipped("its credentials cannot be used, see above");
  }
}
