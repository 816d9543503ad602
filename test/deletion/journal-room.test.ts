import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { signWebhook } from "@pagerport/core/testing";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { loadStoreSettings, openStore, type StatusReport } from "@pagerport/core";
import { runHere } from "../support/run-here.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";

const secret = "hush";
/** Servers and databases are started. Milliseconds. */
const timeout = 60_000;
const mebibyte = 1024 * 1024;
const advice = "Raise PAGERPORT_JOURNAL_LIMIT, or lower PAGERPORT_KEEP_DAYS";

/** A mebibyte of what does not rotate. */
function fill(path: string): void {
  const line = JSON.stringify({
    blueprint: "pagerdutyService",
    identifier: "X",
    text: "x".repeat(1000),
  });
  writeFileSync(path, `${line}\n`.repeat(Math.ceil(mebibyte / line.length)), { mode: 0o600 });
}

test(
  "pagerport sync deletes nothing where the journal is full, says what to do, and deletes once there is room",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 6, incidents: 0, schedules: 1, users: 2 });
    const env = {
      ...serverEnvironment(sandbox, secret),
      PAGERPORT_STATE_DIR: folder.file("state"),
      PAGERPORT_JOURNAL_LIMIT: "1",
    };
    const sync = () => runHere(["sync", "--json"], { cwd: folder.path, env });
    await sync();
    const id = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
    sandbox.pagerduty.deleteService(id);
    sandbox.clock.advance(60_000);
    fill(folder.file("deleted-900.ndjson"));
    const refused = await sync();
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(advice)]);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();
    expect(readdirSync(folder.path).filter((name) => name.startsWith("deleted-"))).toEqual([
      "deleted-900.ndjson",
    ]);
    unlinkSync(folder.file("deleted-900.ndjson"));
    sandbox.clock.advance(60_000);
    const done = await sync();
    expect([done.code, done.stderr]).toEqual([
      0,
      expect.stringContaining("What was deleted is in"),
    ]);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
    for (const name of readdirSync(folder.path).filter((one) => one.startsWith("deleted-"))) {
      expect(statSync(folder.file(name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(folder.file("state")).mode & 0o777).toBe(0o700);
  },
  timeout,
);

test(
  "pagerport sync keeps on-calls that ended in a file of their own, and restore takes both by either way",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 6, incidents: 0, schedules: 3, users: 4 });
    const env = {
      ...serverEnvironment(sandbox, secret),
      PAGERPORT_STATE_DIR: folder.file("state"),
    };
    const run = (...args: string[]) => runHere(args, { cwd: folder.path, env });
    await run("sync");
    const id = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
    sandbox.pagerduty.deleteService(id);
    sandbox.clock.advance(8 * 86_400_000);
    const { code, stdout } = await run("sync", "--json");
    expect([0, 3].includes(code ?? -1)).toBe(true);
    const { journals } = JSON.parse(stdout) as { journals: string[] };
    expect(journals).toEqual([
      expect.stringMatching(/deleted-\d+\.ndjson$/),
      expect.stringMatching(/deleted-\d+-rotating\.ndjson$/),
    ]);
    const [firm = "", rotating = ""] = await Promise.all(
      journals.map((path) => Bun.file(path).text()),
    );
    expect(firm).toContain(`"identifier":"${id}"`);
    expect(firm).not.toContain("pagerdutyOncall");
    const oncalls = rotating.trim().split("\n");
    expect(oncalls.every((line) => line.includes('"blueprint":"pagerdutyOncall"'))).toBe(true);
    const all = `of ${oncalls.length + firm.trim().split("\n").length} entities`;
    const number = /deleted-(\d+)/.exec(journals[0] ?? "")?.[1] ?? "";
    for (const args of [[journals[0] ?? ""], ["--run", number]]) {
      const restored = await run("restore", ...args, "--dry-run");
      expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining(all)]);
    }
    const one = await run("restore", journals[1] ?? "", "--dry-run");
    expect(one.stderr).toContain(`of ${oncalls.length} entities`);
  },
  timeout,
);

for (const sort of ["SQLite", "PostgreSQL"] as const) {
  test(
    `pagerport serve lets an event wait where the journal is full, and tells by metric and log, with ${sort}`,
    async () => {
      using folder = new TemporaryFolder();
      await using sandbox = await startSandbox({
        services: 6,
        incidents: 0,
        schedules: 1,
        users: 2,
      });
      const stateDir = folder.file("state");
      const databaseUrl = sort === "SQLite" ? undefined : await createPostgresDatabase();
      const env = {
        ...serverEnvironment(sandbox, secret),
        PAGERPORT_STATE_DIR: stateDir,
        PAGERPORT_JOURNAL_LIMIT: "1",
        ...(databaseUrl !== undefined && { PAGERPORT_DATABASE_URL: databaseUrl }),
      };
      mkdirSync(stateDir, { mode: 0o700 });
      if (databaseUrl === undefined) fill(folder.file("state/deleted-900.ndjson"));
      else await fillStore(env, folder.path);
      const server = await startServer({ cwd: folder.path, env });
      await server.waitFor(/^Resync ended/);
      const id = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
      sandbox.pagerduty.deleteService(id);
      const data = { id, type: "service", summary: "it" };
      const body = JSON.stringify({ event: { id: "01F", event_type: "service.deleted", data } });
      const headers = {
        "content-type": "application/json",
        "x-pagerduty-signature": signWebhook(body, secret),
      };
      await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
      expect((await server.waitFor(/^Nothing is deleted/)).message).toContain(advice);
      const text = await (await fetch(`${server.url}/metrics`)).text();
      expect(text).toContain("pagerport_deletion_journal_full 1");
      expect(text).toContain(`pagerport_deletion_journal_limit_bytes ${mebibyte}`);
      expect(text).toMatch(/pagerport_deletion_journal_bytes\{sort="kept"\} 10\d{5}\n/);
      expect(text).toContain("pagerport_inbox_waiting 1");
      expect(text).toContain("pagerport_inbox_dead 0");
      expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();
      const list = await runHere(["inbox", "list"], { cwd: folder.path, env });
      expect(list.stdout).toContain("Nothing is deleted, as what goes could not be put back");
      const status = await runHere(["status", "--json"], { cwd: folder.path, env });
      const { journal } = JSON.parse(status.stdout) as StatusReport;
      expect(journal).toMatchObject({ limit: mebibyte, refused: expect.any(Number) as number });
      const told = await runHere(["status"], { cwd: folder.path, env });
      expect(told.stdout).toContain(
        "WRONG  Nothing is deleted, as what goes could not be put back",
      );
      expect(told.stdout).toContain(`→ ${advice.replace("Raise", "raise")}`);
      server.kill("SIGTERM");
      expect((await server.finished).code).toBe(0);
    },
    timeout,
  );
}

/** The same in the server's database, before the server has begun. */
async function fillStore(
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<void> {
  await using store = await openStore(loadStoreSettings({ environment }, cwd));
  const { sql } = store;
  await sql.run(
    `INSERT INTO journal (run, blueprint, identifier, entity, rotates, size, written_at)
    VALUES (900, 'pagerdutyService', 'X', ?, 0, ?, ${sql.now})`,
    [JSON.stringify("x".repeat(mebibyte)), mebibyte + 2],
  );
}
