import { expect, test } from "bun:test";
import { YAML } from "bun";
import { createFolder } from "../support/run-import.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const file = await Bun.file(`${import.meta.dir}/../../docs/alerts.yaml`).text();
const { groups } = YAML.parse(file) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

test("alerts.yaml is what Prometheus takes", () => {
  expect(groups.map(({ name }) => name)).toEqual(["pagerport"]);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const known = new Set(["alert", "expr", "for", "labels", "annotations"]);
  for (const rule of rules) {
    expect(Object.keys(rule).filter((key) => !known.has(key))).toEqual([]);
    expect(rule.alert).toMatch(/^Pagerport[A-Za-z]+$/);
    if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[smhd]$/);
    expect(["critical", "warning", "info"]).toContain(rule.labels.severity);
    expect(Object.keys(rule.annotations)).toEqual(["summary", "description"]);
    for (const pair of ["()", "{}", "[]"]) {
      const [opening, closing] = pair.split("").map((one) => rule.expr.split(one).length);
      expect([rule.alert, opening]).toEqual([rule.alert, closing]);
    }
  }
});

test("operating.md begins with what each alert means, and what to type", async () => {
  const page = await Bun.file(`${import.meta.dir}/../../docs/operating.md`).text();
  const [first = "", ...others] = page.split(/^## /m).slice(1);
  expect(first).toStartWith("At 3 in the morning\n");
  // What is there of an alert that is not told of yet does no harm; an alert without an entry does.
  const entries = new Map(
    first
      .split(/^### /m)
      .slice(1)
      .map((entry) => [entry.slice(0, entry.indexOf("\n")), entry] as const),
  );
  for (const { alert } of rules) {
    expect([alert, entries.has(alert)]).toEqual([alert, true]);
    expect(entries.get(alert)).toMatch(/^- .*(?:Type: `pagerport |`PAGERPORT_|`pagerport )/ms);
  }
  expect(others.some((part) => /^### Pagerport/m.test(part))).toBe(false);
});

test("alerts.yaml asks for metrics and labels that a running server has", async () => {
  await using sandbox = await startSandbox({ services: 2, incidents: 5 });
  using folder = createFolder();
  const env = { ...serverEnvironment(sandbox, "secret"), PAGERPORT_STATE_DIR: folder.path };
  const server = await startServer({ cwd: folder.path, env });
  await server.waitFor(/^Resync ended/);
  await fetch(`${server.url}/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-pagerduty-signature": "v1=00" },
    body: "{}",
  });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  server.kill("SIGTERM");
  await server.finished;

  const asked = rules.flatMap(({ expr }) =>
    Array.from(expr.matchAll(/(pagerport_\w+)(?:\{(\w+)=~?"([^"]+)"\})?/g)),
  );
  expect(asked.length).toBeGreaterThanOrEqual(rules.length);
  for (const [, name = "", label] of asked) {
    expect(text).toContain(`# TYPE ${name.replace(/_(?:bucket|sum|count)$/, "")} `);
    if (label !== undefined) expect(text).toMatch(new RegExp(`^${name}\\{.*${label}="`, "m"));
  }
  // Every state of the webhook is a series, whatever it is in.
  for (const state of ["no-url", "denied", "refused", "failed"]) {
    expect(text).toContain(`pagerport_webhook_state{state="${state}"}`);
  }
  expect(text).toContain('outcome="refused"');
});
