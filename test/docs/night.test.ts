import { expect, test } from "bun:test";
import { loadStoreSettings, openStore, type StatusReport, type Store } from "@pagerport/core";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { addEvents } from "../../packages/core/src/store/inbox.ts";
import { createEvent } from "../../packages/core/src/testing/inbox-event.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";

/** What operating.md says "at 3 in the morning", followed beside a server as it stands there. */

/** The sum of a metric's samples, as the alerts compare it. */
async function readMetric(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

type Findings = readonly { readonly about: string; readonly todo: string }[];

test("drift and dead letters are found, told with what to type, and end by typing it", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox({ services: 3, incidents: 10, schedules: 1 });
  putBlueprints(sandbox);
  const env = {
    ...serverEnvironment(sandbox, "a-secret"),
    PAGERPORT_STATE_DIR: folder.file("state"),
  };
  const cwd = folder.path;
  const type = (line: string): Promise<CliResult> => {
    const [program, ...args] = line.split(" ");
    expect(program).toBe("pagerport");
    return runCli(args, { cwd, env });
  };
  const look = async (): Promise<{ readonly code: number | null; readonly findings: Findings }> => {
    const { code, stdout } = await type("pagerport status --json");
    const { findings } = JSON.parse(stdout) as StatusReport & { readonly findings: Findings };
    return { code, findings };
  };
  const server = await startServer({ cwd, env });
  await server.waitFor(/^Resync ended/);
  expect(await look()).toEqual({ code: 0, findings: [] });

  // PagerportDrift: somebody deletes an entity by hand.
  const entity = sandbox.port.entities().find((one) => one.blueprint === "pagerdutyService");
  if (entity === undefined) throw new Error("There are three");
  sandbox.port.deleteEntity(entity.blueprint, entity.identifier);
  const verified = await type("pagerport verify");
  expect(verified.code).toBe(3);
  expect(verified.stdout).toContain(`missing: ${entity.identifier} of pagerdutyService`);
  expect(await readMetric(server, "pagerport_drift_entities")).toBeGreaterThan(0);
  expect(await look()).toMatchObject({
    code: 3,
    findings: [{ about: "check", todo: "pagerport verify, then pagerport sync" }],
  });
  expect((await type("pagerport sync")).code).toBe(0);
  expect((await type("pagerport verify")).code).toBe(0);
  expect(await readMetric(server, "pagerport_drift_entities")).toBe(0);
  expect(await look()).toEqual({ code: 0, findings: [] });

  // PagerportDeadLetters: an event failed for good, and what was in its way is mended.
  const [incident] = [...sandbox.pagerduty.allIncidents()];
  const key = `incidents/${incident?.id}` as const;
  await useStore(env, cwd, (store) =>
    addEvents(store.sql, [createEvent("01DEAD", { key, state: "dead", error: "Port refused it" })]),
  );
  expect(await readMetric(server, "pagerport_inbox_dead")).toBe(1);
  const dead = await look();
  expect(dead).toMatchObject({ code: 3, findings: [{ about: "inbox/dead" }] });
  const listed = await type(dead.findings[0]?.todo ?? "");
  expect(listed.stdout).toMatch(/01DEAD.*Port refused it/);
  expect((await type("pagerport inbox retry --all")).code).toBe(0);
  await waitUntil(async () => (await readMetric(server, "pagerport_inbox_waiting")) === 0);
  expect(await readMetric(server, "pagerport_inbox_dead")).toBe(0);
  expect(await look()).toEqual({ code: 0, findings: [] });
  server.kill("SIGTERM");
  await server.finished;
}, 180_000);

async function useStore(
  environment: Record<string, string>,
  cwd: string,
  work: (store: Store) => Promise<unknown>,
): Promise<void> {
  const store = await openStore(loadStoreSettings({ environment }, cwd));
  try {
    await work(store);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
