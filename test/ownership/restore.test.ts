import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { createFolder } from "../support/run-import.ts";
import { runHere } from "../support/run-here.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const hour = 3_600_000;
const many = { target: "pagerdutyService", required: false, many: true };
const one = { ...many, many: false };

test("restore sets relations to what it puts back, and no run undoes it before it is released", async () => {
  await using sandbox = await startSandbox({ services: 6, incidents: 0, users: 2, schedules: 1 });
  using folder = createFolder();
  putBlueprints(sandbox);
  sandbox.port.putBlueprint({
    identifier: "runbook",
    title: "Runbook",
    schema: { properties: {} },
    relations: { first: one, second: one, all: many },
  });
  const run = async (...args: string[]) => {
    sandbox.clock.advance(hour);
    const env = {
      PD_TOKEN: sandbox.token,
      PD_API_URL: sandbox.pagerDutyUrl,
      PORT_BASE_URL: sandbox.portUrl,
      PORT_CLIENT_ID: sandbox.portClientId,
      PORT_CLIENT_SECRET: sandbox.portClientSecret,
      PAGERPORT_INTEGRATION_IDENTIFIER: "mine",
      PAGERPORT_REQUESTS_PER_MINUTE: "0",
      PAGERPORT_STATE_DIR: folder.path,
    };
    return runHere(args, { cwd: folder.path, env });
  };
  expect((await run("sync")).code).toBe(0);
  const [gone = "", other = "", third = ""] = [...sandbox.pagerduty.allServices()].map(
    ({ id }) => id,
  );
  const theirs = connectSandboxPort(sandbox, { integrationIdentifier: "other" });
  const relations = { first: gone, second: gone, all: [gone, other] };
  await theirs.send({
    method: "POST",
    path: "/blueprints/runbook/entities/bulk",
    query: { upsert: true },
    body: { entities: [{ identifier: "book", title: "Book", properties: {}, relations }] },
    as: "exporter",
  });
  const bookOf = () => sandbox.port.entity("runbook", "book");
  const isThere = () => sandbox.port.entity("pagerdutyService", gone) !== undefined;
  sandbox.pagerduty.deleteService(gone);
  expect((await run("sync", "--allow-delete", "pagerdutyService")).code).toBe(0);
  expect([isThere(), bookOf()?.relations]).toEqual([
    false,
    expect.objectContaining({ all: [other] }),
  ]);
  // Somebody has decided otherwise meanwhile.
  sandbox.port.editEntity("runbook", "book", { relations: { second: third } });
  const journal = readdirSync(folder.path).find((name) => name.endsWith(".ndjson")) ?? "";

  const dry = await run("restore", journal, "--dry-run");
  expect([dry.code, isThere()]).toEqual([0, false]);
  expect(dry.stderr).toContain("Would put back 1 of 1 entities");
  expect(dry.stderr).toContain("2 relations of other entities to them would be set again");
  const nothing = await run("restore", journal, "pagerdutyService", other);
  expect([nothing.code, isThere()]).toEqual([0, false]);
  const restored = await run("restore", journal, "pagerdutyService", gone);
  expect([restored.code, isThere()]).toEqual([0, true]);
  expect(restored.stderr).toContain("2 relations of other entities to them were set again");
  expect(bookOf()?.relations).toMatchObject({ first: gone, second: third, all: [gone, other] });
  expect(bookOf()?.datasource).toContain("/other/exporter");

  for (const args of [["sync"], ["sync"], ["sync", "--kinds", "services"], ["verify"]]) {
    const { code, stderr } = await run(...args);
    expect([args, code, isThere()]).toEqual([args, 0, true]);
    expect(stderr).toContain("it was put back");
  }
  expect((await run("restore", "--release", "pagerdutyService", "PNONE")).code).toBe(3);
  expect((await run("restore", "--release", "pagerdutyService")).code).toBe(2);
  expect((await run("restore", "--release", "pagerdutyService", gone)).code).toBe(0);
  expect((await run("sync", "--allow-delete", "pagerdutyService")).code).toBe(0);
  expect(isThere()).toBe(false);
});
