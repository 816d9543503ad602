import { expect, test } from "bun:test";
import { readServiceNote } from "../../packages/core/src/store/notes/service-note.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { loadStoreSettings, openStore, type StatusReport } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { testEnvironment, withTestTime } from "../support/child-process.ts";
import { main, runCli } from "../support/run-cli.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";

/** `pagerport status` beside a running server, each a process of its own. */

const sorts = [
  ["SQLite", () => Promise.resolve({})],
  ["PostgreSQL", async () => ({ PAGERPORT_DATABASE_URL: await createPostgresDatabase() })],
] as const satisfies readonly (readonly [string, () => Promise<Record<string, string>>])[];

test.each(sorts)(
  "pagerport status knows from the store how a server is; --watch ends by Ctrl-C with 130 (%s)",
  async (_sort, place) => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 3, incidents: 10, schedules: 1 });
    putBlueprints(sandbox);
    const env = {
      ...serverEnvironment(sandbox, "a-secret"),
      PAGERPORT_STATE_DIR: folder.file("state"),
      PAGERPORT_SCHEDULED_RESYNC_INTERVAL: "60",
      ...(await place()),
    };
    const cwd = folder.path;
    const server = await startServer({ cwd, env });
    await server.waitFor(/^Resync ended/);
    // The server's next note is of after that.
    const store = await openStore(loadStoreSettings({ environment: env }, cwd));
    await waitUntil(async () => (await readServiceNote(store.sql))?.webhook?.state === "by-hand");
    await store[Symbol.asyncDispose]();

    const { code, stdout, stderr } = await runCli(["status", "--json"], { cwd, env });
    const report = JSON.parse(stdout) as StatusReport & { readonly ok: boolean };
    expect({ code, stderr, ok: report.ok }).toEqual({ code: 0, stderr: "", ok: true });
    expect(report).toMatchObject({
      from: "store",
      server: { isAlive: true, resyncMinutes: 60, verifyHours: 24 },
      mapping: {
        origin: expect.stringContaining("mapping") as unknown as string,
        deletions: "through",
      },
      runs: { running: null, lastFull: { outcome: "complete" }, isOverdue: false },
      lag: { since: null },
      webhook: { state: "by-hand" },
      inbox: { waiting: 0, dead: 0 },
      pausedHosts: [],
      pause: null,
    });
    expect(report.server?.owner).toContain(String(server.pid));
    expect(report.runs.nextAt).not.toBeNull();
    expect(report.hosts.account).toMatch(/pagerduty\.com$/);

    const watched = await watchOnce({ cwd, env });
    expect(watched.code).toBe(130);
    expect(watched.stdout).toMatch(/^\S+Z all is well\n$/);

    server.kill("SIGTERM");
    await server.finished;
  },
  120_000,
);

/** Watches until a line has come, and presses Ctrl-C then. */
async function watchOnce({
  cwd,
  env,
}: {
  readonly cwd: string;
  readonly env: Record<string, string>;
}): Promise<{ readonly code: number; readonly stdout: string }> {
  const command = [...withTestTime([process.execPath]), main, "status", "--watch"];
  const child = Bun.spawn(command, {
    cwd,
    env: { ...testEnvironment(cwd), ...env },
    stdout: "pipe",
    stderr: "inherit",
  });
  let stdout = "";
  for await (const chunk of child.stdout) {
    stdout += new TextDecoder().decode(chunk);
    child.kill("SIGINT");
  }
  return { code: await child.exited, stdout };
}
