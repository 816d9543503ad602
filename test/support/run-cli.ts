import type { Sandbox } from "@pagerport/cli/sandbox";
import { testEnvironment, withTestTime } from "./child-process.ts";

/** The file that starts the command line. */
export const main = `${import.meta.dir}/../../packages/cli/src/main.ts`;

/** A finished process of the command line. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A process of the command line that is running. */
export interface CliProcess {
  readonly pid: number;
  kill(signal: "SIGKILL" | "SIGINT" | "SIGTERM"): void;
  readonly finished: Promise<CliResult>;
}

export interface StartCliOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** The runtime and its arguments, before the file. */
  readonly runtime?: readonly string[];
}

/** Starts `pagerport` as a process, with nothing of this process's environment but PATH. */
export function startCli(args: readonly string[], options: StartCliOptions): CliProcess {
  const startedAt = performance.now();
  const child = Bun.spawn([...withTestTime(options.runtime ?? [process.execPath]), main, ...args], {
    cwd: options.cwd,
    env: { ...testEnvironment(options.cwd), ...options.env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const finish = async (): Promise<CliResult> => {
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr, milliseconds: performance.now() - startedAt };
  };
  return { pid: child.pid, kill: (signal) => child.kill(signal), finished: finish() };
}

/** Runs `pagerport` to its end. */
export function runCli(args: readonly string[], options: StartCliOptions): Promise<CliResult> {
  return startCli(args, options).finished;
}

/** For a process whose sandbox goes by the machine's time. */
export const atMachineTime = { PAGERPORT_TEST_SHIFT: "0" };

/** The environment that makes the command line use a sandbox. */
export function sandboxEnvironment(sandbox: Sandbox): Record<string, string> {
  return {
    PD_TOKEN: sandbox.token,
    PD_API_URL: sandbox.pagerDutyUrl,
    PORT_URL: sandbox.ingestUrl,
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
}

/** The environment that makes `import --to port` use a sandbox. */
export function portEnvironment(sandbox: Sandbox): Record<string, string> {
  return {
    ...sandboxEnvironment(sandbox),
    PORT_BASE_URL: sandbox.portUrl,
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
  };
}
