import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { formatProgress } from "../../packages/cli/src/ui/progress.ts";
import { Pace } from "../../packages/cli/src/ui/pace.ts";
import { createIdleTime, type IdleTime } from "../support/idle-time.ts";
import { createFolder, runImport } from "../support/run-import.ts";
import { createRandom } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";

/** The rate of PagerDuty's 960 a minute, counted strictly in short windows. */
const rate = { limit: 96, windowMs: 6000 } as const;
const requestsPerMinute = 960;
const rateBudget = 0.9;
/** Milliseconds that an answer takes. */
const latency = { least: 300, most: 2000 } as const;

/** What the other client on the same key asks for. */
const othersPath = "/services?limit=1";

/** The first answers set the pace; what is measured begins after them. Milliseconds. */
const settledAfter = 4000;
const measured = bySize({ short: 9000, long: 36_000 });

/** A sandbox whose time passes while nothing is under way, so that requests are counted and not the machine's speed. */
async function start(
  options: SandboxOptions,
  { isSlow = false }: { readonly isSlow?: boolean } = {},
): Promise<AsyncDisposable & { readonly sandbox: Sandbox; readonly time: IdleTime }> {
  const random = createRandom(7);
  const draw = (): number => latency.least + random() * (latency.most - latency.least);
  const time = createIdleTime(isSlow ? draw : undefined);
  const sandbox = await startSandbox({ ...options, time: () => time.clock.now() });
  return { sandbox, time, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}

test.concurrent("import keeps within the rate limit and uses at least 85 % of its budget", async () => {
  await using setting = await start({ incidents: 100_000, rate }, { isSlow: true });
  const times = recordTimes(setting);
  await importFor(setting, settledAfter + measured);

  expect(setting.sandbox.requests.pagerduty.throttled).toBe(0);
  const sent = times.filter((at) => at >= settledAfter && at < settledAfter + measured).length;
  const budget = (rate.limit * rateBudget * measured) / rate.windowMs;
  expect(sent / budget).toBeGreaterThanOrEqual(0.85);
});

test.concurrent("import yields to another client on the same key", async () => {
  await using setting = await start({ incidents: 100_000, rate }, { isSlow: true });
  const { sandbox, time } = setting;
  const times = recordTimes(setting);
  const asked: Promise<Response>[] = [];
  const stop = time.timeout(settledAfter + measured);
  // Half of the limit, steadily.
  const askSteadily = async (): Promise<void> => {
    while (!stop.aborted) {
      await time.clock.sleep((2 * rate.windowMs) / rate.limit);
      asked.push(askAsOther(setting));
    }
  };
  await Promise.all([importFor(setting, settledAfter + measured), askSteadily()]);
  // All of them: the last one may still be under way when the import has ended.
  const statuses = (await Promise.all(asked)).map(({ status }) => status);

  expect(sandbox.requests.pagerduty.throttled).toBe(0);
  expect(statuses.length).toBeGreaterThan(50);
  expect(statuses.every((status) => status === 200)).toBe(true);
  // What the other leaves is used: half of the limit, less what is kept in reserve.
  const ours = times.filter((at) => at >= settledAfter).length;
  expect(ours).toBeGreaterThan(((rate.limit / 2) * 0.6 * measured) / rate.windowMs);
});

test.concurrent("import started again within the window spends no more than is left", async () => {
  await using setting = await start({ incidents: 100_000, rate });
  using folder = createFolder();
  for (let round = 1; round <= 4; round += 1) await importFor(setting, 1500, folder.path);
  const { requests } = setting.sandbox;
  expect(requests.pagerduty.total).toBeGreaterThan(40);
  expect(requests.pagerduty.throttled).toBe(0);
});

test.concurrent("import of a key whose window is used up waits for the next one", async () => {
  const short = { limit: 20, windowMs: 2000 };
  await using setting = await start({ incidents: 3000, rate: short });
  const { sandbox, time } = setting;
  const spend = async (): Promise<void> => {
    while ((await askAsOther(setting)).status !== 429);
  };
  await time.pass(spend());
  const before = sandbox.requests.pagerduty.throttled;
  using folder = createFolder();
  const options = { folder: folder.path, noPort: true, clock: time.clock, fetch: time.fetch };
  const report = await time.pass(runImport(sandbox, options));
  expect(report.complete).toBe(true);
  // The very first request cannot know; it alone may meet the limit.
  expect(sandbox.requests.pagerduty.throttled - before).toBeLessThanOrEqual(1);
});

test.concurrent("import never goes above the ingest's limit, and tells the time left within 20 %", async () => {
  await using setting = await start({
    services: 40,
    incidents: 160,
    ingest: { rate: { limit: 100, windowMs: 5000 } },
  });
  const { sandbox, time } = setting;
  const { clock } = time;
  using folder = createFolder();
  const pace = new Pace();
  const count = { done: 0, planned: 0 };
  const running = runImport(sandbox, {
    folder: folder.path,
    clock,
    fetch: time.fetch,
    onEvent(event) {
      if (event.type === "planned") count.planned += event.objects;
      if (event.type !== "written") return;
      count.done += event.objects;
      pace.note(clock.now(), count.done);
    },
  });
  // When the first line is printed where there is no terminal.
  const told = clock.sleep(5000).then(() => {
    const perSecond = pace.perSecond(clock.now(), count.done);
    return formatProgress([count], { current: "incidents", perSecond, wait: undefined });
  });
  const toldAt = clock.now() + 5000;
  const report = await time.pass(running);
  expect(report.complete).toBe(true);
  expect(sandbox.requests.ingest.throttled).toBe(0);
  const [, left] = /(\d+) s left/.exec(await told) ?? [];
  const really = clock.now() - toldAt;
  expect(Math.abs(Number(left) * 1000 - really)).toBeLessThan(Math.max(2500, really * 0.2));
});

type Setting = Awaited<ReturnType<typeof start>>;

async function importFor(
  { sandbox, time }: Setting,
  milliseconds: number,
  path?: string,
): Promise<void> {
  using folder = createFolder();
  const running = runImport(sandbox, {
    folder: path ?? folder.path,
    noPort: true,
    requestsPerMinute,
    clock: time.clock,
    fetch: time.fetch,
    signal: time.timeout(milliseconds),
  });
  await time.pass(running);
}

function askAsOther({ sandbox, time }: Setting): Promise<Response> {
  return time.fetchAtOnce(`${sandbox.pagerDutyUrl}${othersPath}`, {
    headers: { authorization: `Token token=${sandbox.token}` },
  });
}

function recordTimes({ sandbox, time }: Setting): number[] {
  const times: number[] = [];
  const startedAt = time.clock.now();
  sandbox.onRequest(({ side, path }) => {
    if (side === "pagerduty" && !path.includes(othersPath))
      times.push(time.clock.now() - startedAt);
  });
  return times;
}
