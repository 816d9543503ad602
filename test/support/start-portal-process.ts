import type { Sandbox } from "@pagerport/cli/sandbox";
import { describeSandbox, type PortalOptions } from "./start-portal.ts";

/** A portal in a process of its own. */
export interface PortalProcess extends AsyncDisposable {
  /** The plugin's routes. */
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, as SIGKILL does. */
  kill(): Promise<void>;
}

/** Starts a Backstage backend with the plugin on a sandbox as a process; resolves when it answers. */
export async function startPortalProcess(
  sandbox: Sandbox,
  options: Pick<PortalOptions, "database" | "pagerport">,
): Promise<PortalProcess> {
  const script = `${import.meta.dir}/portal-process.ts`;
  const settings = JSON.stringify({ sandbox: describeSandbox(sandbox), ...options });
  const child = Bun.spawn([process.execPath, script, settings], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const reader = child.stdout.getReader();
  let printed = "";
  while (!printed.includes("\n")) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("The portal's process ended");
    printed += new TextDecoder().decode(value);
  }
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  return { url: printed.trim(), pid: child.pid, kill, [Symbol.asyncDispose]: kill };
}
