import { testClock } from "../../../core/src/testing/test-clock.ts";
import type { CliContext } from "../context.ts";

/** A process that does not exist, for tests of what runs in one; `told` is what went to stderr. */
export function createContext(
  env: CliContext["env"] = {},
  cwd = "/nowhere/at/all",
): CliContext & { readonly told: string[] } {
  const told: string[] = [];
  const output = { write: () => undefined, isTTY: false, columns: 80 };
  return {
    env,
    cwd,
    clock: testClock,
    stdin: (async function* () {})(),
    stdout: output,
    stderr: { ...output, write: (text) => void told.push(text) },
    signal: new AbortController().signal,
    exitCode: 0,
    told,
  };
}
