import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { runHere } from "../support/run-here.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush";
const small = { services: 2, incidents: 6, schedules: 1, users: 2 } as const;
const timeout = 60_000;

function createSetting(sandbox: Sandbox, folder: TemporaryFolder) {
  putBlueprints(sandbox);
  const env = { ...serverEnvironment(sandbox, secret), PAGERPORT_STATE_DIR: folder.path };
  const start = (more: Record<string, string> = {}): Promise<ServerProcess> =>
    startServer({ cwd: folder.path, env: { ...env, ...more } });
  return { env, start };
}

/** Changes an incident and tells a server. */
async function change(server: ServerProcess, sandbox: Sandbox, title: string): Promise<string> {
  const [incident] = [...sandbox.pagerduty.allIncidents()];
  const id = incident?.id ?? "";
  sandbox.pagerduty.changeObject(id, { title });
  const event = {
    id: title,
    event_type: "incident.priority_updated",
    data: { id, type: "incident" },
  };
  const body = JSON.stringify({ event });
  const headers = {
    "content-type": "application/json",
    "x-pagerduty-signature": signWebhook(body, secret),
  };
  const { status } = await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
  expect(status).toBe(202);
  return id;
}

const titleOf = (sandbox: Sandbox, id: string): string | undefined =>
  sandbox.port.entity("pagerdutyIncident", id)?.title ?? undefined;

test(
  "a second serve on one SQLite store keeps what it is sent and ends with 2, naming the first, which goes on",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox(small);
    const { env, start } = createSetting(sandbox, folder);
    const first = await start();
    await first.waitFor(/^Resync ended/);
    const second = await start({ PAGERPORT_SHUTDOWN_GRACE: "2" });
    // A rolling update ends the first only when the second is ready.
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
    const id = await change(second, sandbox, "Told to the second");
    await waitUntil(() => titleOf(sandbox, id) === "Told to the second");
    await first.waitFor(/^Event applied/, `incidents/${id}`);
    // `sync` beside it is allowed.
    const synced = await runHere(["sync"], { cwd: folder.path, env });
    expect([synced.code, synced.stderr]).toEqual([0, synced.stderr]);
    expect((await second.finished).code).toBe(2);
    const last = second.log.find(({ level }) => level === "error");
    expect(last?.message).toContain(`process ${first.pid}`);
    expect(last?.message).toContain("PAGERPORT_DATABASE_URL");
    expect(second.log.some(({ message }) => /^Resync|^Event applied/.test(message))).toBe(false);

    // One that is frozen keeps its place, and goes on when it wakes.
    process.kill(first.pid, "SIGSTOP");
    const third = await start({ PAGERPORT_SHUTDOWN_GRACE: "0" });
    expect((await third.finished).code).toBe(2);
    process.kill(first.pid, "SIGCONT");
    await change(first, sandbox, "After its sleep");
    await waitUntil(() => titleOf(sandbox, id) === "After its sleep");

    // The first is told to end while another waits: that goes on where it left off.
    const next = await start();
    await next.waitFor(/^Another server works with this store/);
    first.kill("SIGTERM");
    await next.waitFor(/^The other server has ended/);
    expect((await first.finished).code).toBe(0);
    await change(next, sandbox, "After the change of servers");
    await waitUntil(() => titleOf(sandbox, id) === "After the change of servers");
    next.kill("SIGTERM");
    expect((await next.finished).code).toBe(0);
  },
  timeout,
);

test(
  "serve takes over at once what one that was killed had begun on a SQLite store",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox(small);
    const { start } = createSetting(sandbox, folder);
    const first = await start();
    await first.waitFor(/^Resync ended/);
    // It has claimed the object, and waits for PagerDuty's answer.
    const asked = Promise.withResolvers<void>();
    const stop = sandbox.onRequest(({ side, path }) => {
      if (side === "pagerduty" && path.startsWith("/incidents/")) asked.resolve();
    });
    sandbox.configure({ latency: { minMs: 3000, maxMs: 3000 } });
    const id = await change(first, sandbox, "Begun by the first");
    await asked.promise;
    stop();
    first.kill("SIGKILL");
    await first.finished;
    sandbox.configure({ latency: null });
    const killedAt = performance.now();
    const second = await start();
    expect(await second.waitFor(/^What the server before had begun/)).toMatchObject({ objects: 1 });
    await waitUntil(() => titleOf(sandbox, id) === "Begun by the first");
    // A claim lapses after 30 s; what remains is the time in which a process starts.
    const took = performance.now() - killedAt;
    process.stderr.write(`taken over ${Math.round(took)} ms after the kill\n`);
    expect(took).toBeLessThan(20_000);
    second.kill("SIGTERM");
    await second.finished;
  },
  timeout,
);
