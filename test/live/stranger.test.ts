import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { FaultKind } from "../../packages/cli/src/sandbox/faults.ts";
import { listEvents, readBacklog } from "../../packages/core/src/store/inbox-events.ts";
import { readRunHolder } from "../../packages/core/src/store/runs.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { createFolder } from "../support/run-import.ts";
import { runHere } from "../support/run-here.ts";
import { serverEnvironment } from "../support/run-server.ts";
import { type ServiceSetting, startServiceSetting, waitUntil } from "../support/run-service.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const minute = 60_000;
const small = { services: 3, incidents: 12, schedules: 1, users: 2 };
/** Waits between attempts of one request are no part of what is tested. */
const random = (): number => 0;

const strangers = ["200-html", "200-empty", "200-other", "200-cut"] as const;
const hosts = ["PagerDuty", "Port"] as const;

/** From now on one host's address answers everything so; null = as it does. */
function pretend(sandbox: Sandbox, host: (typeof hosts)[number], kind: FaultKind | null): void {
  const faults = kind === null ? null : { rate: 1, kinds: [kind] };
  sandbox.configure(host === "PagerDuty" ? { faults } : { portApi: { faults } });
}

async function waitUntilIdle({ store: { sql } }: ServiceSetting): Promise<void> {
  await waitUntil(async () => {
    const claimed = `SELECT 1 FROM inbox_key WHERE lease_until > ${sql.now} LIMIT 1`;
    return (await readRunHolder(sql)) === undefined && (await sql.all(claimed)).length === 0;
  });
}

test("events wait without counting attempts while something else answers 200 in a host's place, and arrive afterwards", async () => {
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    connect: (sandbox) => ({
      port: connectSandboxPort(sandbox, { random, retries: 2 }),
      pagerDuty: connectSandboxPagerDuty(sandbox, { random, retries: 2 }),
    }),
  });
  const { sandbox, store, events } = setting;
  const [incident] = [...sandbox.pagerduty.allIncidents()];
  const id = incident?.id ?? "";
  for (const host of hosts) {
    for (const kind of strangers) {
      const title = `${host} ${kind}`;
      pretend(sandbox, host, kind);
      events.length = 0;
      sandbox.pagerduty.changeObject(id, { title });
      sandbox.pagerduty.prioritizeIncident(id, null);
      await sandbox.webhooks.settled();
      await waitUntil(() => events.some(({ type }) => type === "paused"));
      await waitUntilIdle(setting);
      // What counts no attempt can never become a dead letter.
      const [event, ...others] = await listEvents(store.sql, { states: ["waiting"], limit: 2 });
      expect([title, event?.attempts, others]).toEqual([title, 0, []]);
      expect((await setting.service.status()).paused).toMatchObject([{ host }]);
      pretend(sandbox, host, null);
      await waitUntil(async () => {
        if ((await readBacklog(store.sql)).waiting === 0) return true;
        await waitUntilIdle(setting);
        setting.pass(minute);
        return false;
      });
      await setting.settle();
      expect(sandbox.port.entity("pagerdutyIncident", id)?.title).toBe(title);
    }
  }
}, 30_000);

test.each(["sync", "doctor", "verify", "import --to port", "init", "webhook list"])(
  "pagerport %s asks twice where the first answer is a stranger's, and exits 5 naming the address",
  async (command) => {
    await using sandbox = await startSandbox(small);
    putBlueprints(sandbox);
    using folder = createFolder();
    const kinds = command === "sync" ? strangers : strangers.slice(0, 1);
    const env = { ...serverEnvironment(sandbox, "hush"), PAGERPORT_STATE_DIR: folder.path };
    for (const host of command === "init" ? (["Port"] as const) : hosts) {
      if (command === "webhook list" && host === "Port") continue;
      for (const kind of kinds) {
        pretend(sandbox, host, kind);
        const side = host === "PagerDuty" ? "pagerduty" : "port";
        const before = sandbox.requests[side].total;
        const result = await runHere(command.split(" "), { cwd: folder.path, env });
        const name = [command, host, kind];
        expect([...name, result.code, result.stderr]).toEqual([...name, 5, result.stderr]);
        const address = host === "PagerDuty" ? sandbox.pagerDutyUrl : sandbox.portUrl;
        const setting = host === "PagerDuty" ? "PD_API_URL" : "PORT_BASE_URL";
        expect(result.stdout + result.stderr).toContain(`Is ${setting} (${address}`);
        const asked = sandbox.requests[side].total - before;
        if (command !== "doctor") expect([...name, asked]).toEqual([...name, 2]);
        pretend(sandbox, host, null);
      }
    }
  },
);
