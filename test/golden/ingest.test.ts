import { expect, test } from "bun:test";
import { readDefaultFile } from "@pagerport/core";
import { createFolder, runImport } from "../support/run-import.ts";
import { runCli } from "../support/run-cli.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const incidents = bySize({ short: 2000, long: 25_000 });

test("import through Port's History Mapper leaves an entity of every object in the catalog", async () => {
  await using sandbox = await startSandbox({
    incidents,
    webhookConfig: readDefaultFile("guide/webhook-history-mapper.json"),
  });
  using folder = createFolder();
  const report = await runImport(sandbox, { folder: folder.path });
  expect(report.complete).toBe(true);

  const expected = new Map<string, unknown>();
  for (const service of sandbox.pagerduty.allServices()) {
    expected.set(`microservice/${service.id}`, {
      identifier: service.id,
      title: service.name,
      blueprint: "microservice",
      properties: { status: service.status },
      relations: {},
    });
  }
  for (const incident of sandbox.pagerduty.allIncidents()) {
    expected.set(`pagerdutyIncident/${incident.id}`, {
      identifier: incident.id,
      title: incident.title,
      blueprint: "pagerdutyIncident",
      properties: {
        status: incident.status,
        url: incident.html_url,
        details: incident.description,
        // The script that the History Mapper is made for never sends a priority.
        priority: null,
        urgency: incident.urgency,
        responder: incident.last_status_change_by?.summary ?? null,
        escalation_policy: incident.escalation_policy.summary,
      },
      relations: { microservice: incident.service.id },
    });
  }
  const { entities = new Map(), problems } = sandbox.ingest.catalog ?? { problems: ["no catalog"] };
  expect(problems).toEqual([]);
  expect(entities.size).toBe(expected.size);
  for (const [key, entity] of expected) expect(entities.get(key)).toEqual(entity);
});

test("import --sandbox tells how many entities the catalog holds", async () => {
  using folder = createFolder();
  const args = ["import", "--sandbox", "--since", "2026-06-01"];
  const result = await runCli(args, { cwd: folder.path });
  expect(result.code).toBe(0);
  const [, delivered] = /40 services and ([\d,]+) incidents/.exec(result.stderr) ?? [];
  const objects = 40 + Number(delivered?.replaceAll(",", ""));
  expect(result.stderr).toContain(`catalog holds ${objects.toLocaleString("en-US")} entities`);
});
