/**
 * A process of its own that runs a real PostgreSQL for as long as its standard input is open, however
 * whoever started it ends. Prints the address of the server when it is ready. What it needs is in a folder
 * of its own in the temporary directory, which goes with it, also where it does not start.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placeFaketime } from "./faketime-library.ts";
import { placePostgres } from "./postgres-binaries.ts";

const password = "postgres";
/** What runs at this moment: first what makes the data, then the server. */
let running: ChildProcess | undefined;
let stopping: Promise<void> | undefined;
process.stdin.resume();
process.stdin.once("end", () => void stop(0));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void stop(0));

const folder = mkdtempSync(join(tmpdir(), "pagerport-postgres-"));
// Whoever it runs as must get in.
chmodSync(folder, 0o755);
const user = findUser();
const preload = placeFaketime(folder, process.env["LD_PRELOAD"]);

try {
  const programs = placePostgres(folder);
  const data = await initialise(programs);
  const port = await findFreePort();
  await start(programs, data, port);
  process.stdout.write(`postgres://postgres:${password}@127.0.0.1:${port}\n`);
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  await stop(1);
}

/** PostgreSQL refuses to run as root. */
function findUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const ask = (option: string): number =>
    Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: ask("-u"), gid: ask("-g") };
}

async function initialise(programs: string): Promise<string> {
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${password}\n`);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const child = run(join(programs, "initdb"), [
    `--pgdata=${data}`,
    "--auth=password",
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ]);
  const printed = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${printed()}`);
  return data;
}

async function start(programs: string, data: string, port: number): Promise<void> {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "deadlock_timeout=50ms",
    `fsync=${process.env["PAGERPORT_TEST_FSYNC"] ?? "off"}`,
  ];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const child = run(join(programs, "postgres"), ["-D", data, "-p", String(port), ...flags]);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const printed = collect(child, (text) => {
    if (text.includes("database system is ready to accept connections")) resolve();
  });
  child.once("error", reject);
  child.once("close", (code) => reject(new Error(`postgres ended with ${code}:\n${printed()}`)));
  await promise;
  child.once("close", () => void stop(1));
}

function run(program: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, LC_ALL: "C", ...(preload && { LD_PRELOAD: preload }) };
  running = spawn(program, args, { ...user, cwd: folder, env });
  return running;
}

/** Gathers what a process prints, as long as somebody wants to know. */
function collect(child: ChildProcess, onText: (text: string) => void = () => undefined) {
  let text = "";
  const take = (chunk: Buffer): void => {
    text = `${text}${chunk.toString()}`.slice(-10_000);
    onText(text);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return () => text;
}

/** Ends what runs and removes all that it had; how it ended is what was said first. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    if (running !== undefined && running.exitCode === null && running.signalCode === null) {
      const closed = once(running, "close");
      // Without waiting for clients.
      running.kill("SIGINT");
      await closed;
    }
    // What was interrupted may have children that still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    process.exit(code);
  })();
  return stopping;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("No free port was found"));
      });
    });
  });
}
