import { expect, test } from "bun:test";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { runCli, sandboxEnvironment } from "../support/run-cli.ts";
import { bySize } from "../support/size.ts";
import { createFolder, runImport } from "../support/run-import.ts";

/** The rate of PagerDuty's 960 a minute, counted strictly in short windows. */
const rate = { limit: 96, windowMs: 6000 } as const;
const requestsPerMinute = 960;
const rateBudget = 0.9;
const latency = { minMs: 300, maxMs: 2000 } as const;

/** What the other client on the same key asks for. */
const othersPath = "/services?limit=1";

/** The first answers set the pace; what is measured begins after them. Milliseconds. */
const settledAfter = 4000;
const measured = bySize({ short: 9000, long: 36_000 });

test.concurrent("import keeps within the rate limit and uses at least 85 % of its budget", async () => {
  await using sandbox = await startSandbox({ incidents: 100_000, rate, latency });
  const times = recordTimes(sandbox);
  await importFor(sandbox, settledAfter + measured);

  expect(sandbox.requests.pagerduty.throttled).toBe(0);
  const sent = times.filter(
    (time) => time >= settledAfter && time < settledAfter + measured,
  ).length;
  const budget = (rate.limit * rateBudget * measured) / rate.windowMs;
  expect(sent / budget).toBeGreaterThanOrEqual(0.85);
});

test.concurrent("import yields to another client on the same key", async () => {
  await using sandbox = await startSandbox({ incidents: 100_000, rate, latency });
  const times = recordTimes(sandbox);
  const stop = new AbortController();
  const statuses: number[] = [];
  // Half of the limit, steadily.
  const other = setInterval(() => {
    void fetch(`${sandbox.pagerDutyUrl}${othersPath}`, {
      headers: { authorization: `Token token=${sandbox.token}` },
      signal: stop.signal,
    })
      .then((answer) => statuses.push(answer.status))
      .catch(() => undefined);
  }, 125);
  await importFor(sandbox, settledAfter + measured);
  clearInterval(other);
  stop.abort();

  expect(sandbox.requests.pagerduty.throttled).toBe(0);
  expect(statuses.length).toBeGreaterThan(50);
  expect(statuses.every((status) => status === 200)).toBe(true);
  // What the other leaves is used: half of the limit, less what is kept in reserve.
  const ours = times.filter((time) => time >= settledAfter).length;
  expect(ours).toBeGreaterThan(((rate.limit / 2) * 0.6 * measured) / rate.windowMs);
});

test.concurrent("import started again within the window spends no more than is left", async () => {
  await using sandbox = await startSandbox({ incidents: 100_000, rate });
  using folder = createFolder();
  for (let start = 1; start <= 4; start += 1) {
    await importFor(sandbox, 1500, folder.path);
  }
  expect(sandbox.requests.pagerduty.total).toBeGreaterThan(40);
  expect(sandbox.requests.pagerduty.throttled).toBe(0);
});

test.concurrent("import of a key whose window is used up waits for the next one", async () => {
  const short = { limit: 20, windowMs: 2000 };
  await using sandbox = await startSandbox({ incidents: 3000, rate: short });
  const spend = (): Promise<Response> =>
    fetch(`${sandbox.pagerDutyUrl}${othersPath}`, {
      headers: { authorization: `Token token=${sandbox.token}` },
    });
  while ((await spend()).status !== 429);
  const before = sandbox.requests.pagerduty.throttled;
  using folder = createFolder();
  const report = await runImport(sandbox, { folder: folder.path, noPort: true });
  expect(report.complete).toBe(true);
  // The very first request cannot know; it alone may meet the limit.
  expect(sandbox.requests.pagerduty.throttled - before).toBeLessThanOrEqual(1);
});

test.concurrent("import never goes above the ingest's limit, and tells the time left within 20 %", async () => {
  await using sandbox = await startSandbox({
    services: 40,
    incidents: 160,
    ingest: { rate: { limit: 100, windowMs: 5000 } },
  });
  using folder = createFolder();
  const result = await runCli(["import"], { cwd: folder.path, env: sandboxEnvironment(sandbox) });
  expect(result.code).toBe(0);
  expect(sandbox.requests.ingest.throttled).toBe(0);

  // A line is printed every 5 s where there is no terminal; the first is 5 s after the start.
  const [, left] = /(\d+) s left/.exec(result.stderr) ?? [];
  const really = result.milliseconds - 5000;
  expect(Math.abs(Number(left) * 1000 - really)).toBeLessThan(Math.max(2500, really * 0.2));
});

async function importFor(sandbox: Sandbox, milliseconds: number, path?: string): Promise<void> {
  using folder = createFolder();
  await runImport(sandbox, {
    folder: path ?? folder.path,
    noPort: true,
    requestsPerMinute,
    signal: AbortSignal.timeout(milliseconds),
  });
}

function recordTimes(sandbox: Sandbox): number[] {
  const times: number[] = [];
  const startedAt = performance.now();
  sandbox.onRequest(({ side, path }) => {
    if (side === "pagerduty" && !path.includes(othersPath))
      times.push(performance.now() - startedAt);
  });
  return times;
}
