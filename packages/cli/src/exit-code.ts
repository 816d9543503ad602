import { ConfigError, HttpError, NetworkError } from "@pagerport/core";
import { exitCodes } from "./context.ts";
import { Interrupted } from "./interrupted.ts";

/** Which exit code an error that ended a command means. */
export function chooseExitCode(error: unknown): number {
  if (error instanceof Interrupted) {
    return error.signalName === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  }
  if (error instanceof ConfigError) return exitCodes.usage;
  if (error instanceof NetworkError) return exitCodes.unavailable;
  if (!(error instanceof HttpError)) return exitCodes.unexpected;
  // 408 and 429 come here only after all retries: the host is there, but does not serve us.
  if (error.status >= 500 || error.status === 408 || error.status === 429) {
    return exitCodes.unavailable;
  }
  return [401, 402, 403].includes(error.status) || error.host === "Port"
    ? exitCodes.authentication
    : exitCodes.usage;
}
