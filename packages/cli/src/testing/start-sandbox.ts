import { testClock } from "../../../core/src/testing/test-clock.ts";
import type { SandboxOptions } from "../sandbox/options.ts";
import { type Sandbox, startSandbox as start } from "../sandbox/start-sandbox.ts";

/** Starts a sandbox in which it is the time of {@link testClock}, whatever the hour of the machine. */
export function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return start({ time: () => testClock.now(), ...options });
}
