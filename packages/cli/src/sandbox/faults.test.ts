import { expect, test } from "bun:test";
import type { FaultKind } from "./faults.ts";
import type { Sandbox } from "./start-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const small = { services: 3, incidents: 50, now: "2026-06-30T12:00:00Z" } as const;

/** Status and body, or that the connection broke. */
async function outcome(
  sandbox: Sandbox,
  url = `${sandbox.pagerDutyUrl}/services`,
): Promise<string> {
  const isIngest = url === sandbox.ingestUrl;
  try {
    const response = await fetch(url, {
      headers: { authorization: `Token token=${sandbox.token}` },
      ...(isIngest ? { method: "POST", body: "{}" } : {}),
    });
    const type = response.headers.get("content-type")?.split(";")[0] ?? "none";
    await response.text();
    return `${response.status} ${type}`;
  } catch {
    return "broken";
  }
}

test("each kind of fault is what it says", async () => {
  await using sandbox = await startSandbox(small);
  const table: [FaultKind, string, string][] = [
    ["500", "500 application/json", "500 application/json"],
    ["502-html", "502 text/html", "502 text/html"],
    ["408", "408 application/json", "408 application/json"],
    ["429", "429 application/json", "429 application/json"],
    ["429-bare", "429 text/html", "429 text/html"],
    ["slow-body", "200 application/json", "202 application/json"],
    ["200-html", "200 text/html", "200 text/html"],
    ["200-empty", "200 none", "200 none"],
    ["200-other", "200 application/json", "200 application/json"],
    ["200-cut", "200 application/json", "202 application/json"],
    ["reset", "broken", "broken"],
    ["reset-after", "broken", "broken"],
  ];
  for (const [kind, pagerduty, ingest] of table) {
    const faults = { rate: 1, kinds: [kind], slowBodyMs: 1 };
    sandbox.configure({ faults, ingest: { faults } });
    expect([kind, await outcome(sandbox)]).toEqual([kind, pagerduty]);
    expect([kind, await outcome(sandbox, sandbox.ingestUrl)]).toEqual([kind, ingest]);
  }
  // Carried out: the slow one, the one that was cut and the one whose answer was lost.
  expect(sandbox.ingest.received.total).toBe(3);
  sandbox.configure({ faults: null });
  expect(await outcome(sandbox)).toBe("200 application/json");
});

/** What 200 requests in a row come to. */
async function run(): Promise<string[]> {
  await using sandbox = await startSandbox({
    ...small,
    faults: { rate: 0.2, kinds: ["500", "502-html", "408", "429"] },
  });
  const outcomes: string[] = [];
  for (let count = 0; count < 200; count++) outcomes.push(await outcome(sandbox));
  return outcomes;
}

test("faults come at their rate, the same ones in every run", async () => {
  const first = await run();
  expect(first.filter((each) => !each.startsWith("200")).length).toBeWithin(20, 61);
  expect(await run()).toEqual(first);
});

test("latency holds answers back, and closing lets go of them", async () => {
  const sandbox = await startSandbox({ ...small, latency: { minMs: 60_000, maxMs: 60_000 } });
  const waiting = outcome(sandbox);
  while (sandbox.requests.pagerduty.inFlight === 0) await Bun.sleep(1);
  await sandbox.close();
  expect(["broken", "200 application/json"]).toContain(await waiting);
});

test("startSandbox() refuses settings that cannot be", () => {
  const table: [Parameters<typeof startSandbox>[0], string][] = [
    [{ services: 0 }, "services"],
    [{ incidents: 1.5 }, "incidents"],
    [{ accountTimeZone: "Mars/Base" }, "accountTimeZone"],
    [{ rate: { limit: 0, windowMs: 1 } }, "rate"],
    [{ latency: { minMs: 5, maxMs: 1 } }, "latency"],
    [{ ingest: { faults: { rate: 2 } } }, "faults"],
    [{ from: "never" }, "never"],
  ];
  for (const [options, named] of table) expect(startSandbox(options)).rejects.toThrow(named);
});
