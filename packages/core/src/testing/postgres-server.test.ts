import { chmodSync, readdirSync } from "node:fs";
import { expect, test } from "bun:test";
import { TemporaryFolder } from "./temporary-folder.ts";

/** Starts a server that keeps what it needs in a folder. */
function startServer(folder: TemporaryFolder, env: Record<string, string> = {}) {
  // Whoever it runs as must get in.
  chmodSync(folder.path, 0o755);
  return Bun.spawn([process.execPath, `${import.meta.dir}/postgres-server.ts`], {
    env: { ...process.env, TMPDIR: folder.path, ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("postgres-server leaves nothing in the temporary directory when it ends", async () => {
  using folder = new TemporaryFolder();
  const child = startServer(folder);
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toMatch(/^postgres:/);
  expect(readdirSync(folder.path)).not.toEqual([]);
  await child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("postgres-server leaves nothing in the temporary directory when it does not start", async () => {
  using folder = new TemporaryFolder();
  const child = startServer(folder, { PAGERPORT_TEST_FSYNC: "perhaps" });
  expect(await new Response(child.stderr).text()).toContain('"fsync"');
  expect(await child.exited).toBe(1);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("postgres-server leaves nothing in the temporary directory when it is ended at once", async () => {
  using folder = new TemporaryFolder();
  const child = startServer(folder);
  // Before it can be ready.
  while (readdirSync(folder.path).length === 0) await Bun.sleep(5);
  child.kill("SIGTERM");
  await child.exited;
  expect(readdirSync(folder.path)).toEqual([]);
});
