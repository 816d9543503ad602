/** The servers that `bun run bench webhook` starts, each a process of its own. */
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { isolate, main, readUntil } from "./bench-process.ts";

/** What the servers take for signed. */
export const secret = "bench";

export interface Server {
  readonly url: string;
  readonly process: Bun.Subprocess;
}

/** The settings of a server that works with a sandbox, and does not hold back requests. */
export function environmentOf(sandbox: Sandbox): Record<string, string> {
  return {
    PD_TOKEN: sandbox.token,
    PD_API_URL: sandbox.pagerDutyUrl,
    PORT_BASE_URL: sandbox.portUrl,
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
    PD_WEBHOOK_SECRET: secret,
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
}

/** Starts `pagerport serve`. */
export async function startServe(
  environment: Readonly<Record<string, string>>,
  folder: string,
  given?: string,
): Promise<Server> {
  const url = given ?? (await findFreeUrl());
  const child = Bun.spawn(
    [process.execPath, main, "serve", "--listen", url.slice("http://".length)],
    {
      cwd: folder,
      env: isolate(folder, environment),
      stdout: "inherit",
      stderr: "ignore",
    },
  );
  for (;;) {
    try {
      if ((await fetch(`${url}/health/live`)).ok) return { url, process: child };
    } catch {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}`);
      await Bun.sleep(20);
    }
  }
}

/** Starts the bare route. */
export async function startBare(): Promise<Server> {
  return startPrinting([join(import.meta.dir, "bench-webhook-bare.ts"), secret]);
}

/** Starts PostgreSQL, with its disk as it is in production. */
export async function startPostgres(): Promise<Server> {
  const script = join(import.meta.dir, "../packages/core/src/testing/postgres-server.ts");
  const server = await startPrinting([script], { PAGERPORT_TEST_FSYNC: "on" });
  return { ...server, url: `${server.url}/postgres` };
}

/** Ends a server and waits until it has. */
export async function endServer(server: Server): Promise<void> {
  server.process.kill();
  await server.process.exited;
}

/** Until no run goes on and no event waits. */
export async function untilIdle(url: string): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const isIdle = /^pagerport_inbox_waiting 0$/m.test(text) && text.includes("resyncs_total{");
    quiet = isIdle ? quiet + 1 : 0;
    await Bun.sleep(20);
  }
}

/** Microseconds that a server has been busy for so far, on all cores; NaN where that cannot be told. */
export function readCpu({ process: { pid } }: Server): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind the name, which may hold anything: utime and stime, in hundredths of a second.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return Number.NaN;
  }
}

/** Megabytes of memory that a server has now. */
export function readMemory({ process: { pid } }: Server): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return Number(stdout.toString()) / 1024;
}

/** An address of this machine's that nobody listens on. */
export function findFreeUrl(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) {
          resolve(`http://127.0.0.1:${address.port}`);
        } else reject(new Error("No free port was found"));
      });
    });
  });
}

/** Starts a script that prints its address. */
async function startPrinting(
  command: readonly string[],
  environment: Record<string, string> = {},
): Promise<Server> {
  const child = Bun.spawn([process.execPath, ...command], {
    env: { ...process.env, ...environment },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await readUntil(child.stdout, (soFar) => soFar.includes("\n"));
  return { url: text.trim(), process: child };
}
