/**
 * `bun run bench sync`: a resync as a user runs it, whole processes, against a sandbox in another
 * process: the first one into an empty Port, and the second one at once, when nothing has changed.
 * Without latency, and with that of PagerDuty and Port seen from afar.
 */
import { join } from "node:path";
import {
  createFolder,
  measurePagerport,
  type MeasuredProcess,
  readUntil,
} from "./bench-process.ts";
import {
  type Bench,
  type BenchSize,
  createRatioTable,
  formatNumber,
  formatTimes,
  type Ratio,
  type Table,
} from "./bench-table.ts";

/** Services and incidents; rounds without latency, of which the quickest counts, as other processes disturb. */
const sizes = {
  whole: { services: 1000, incidents: 10_000, rounds: 3 },
  page: { services: 1000, incidents: 10_000, rounds: 3 },
  quick: { services: 5, incidents: 50, rounds: 1 },
} as const satisfies Record<BenchSize, unknown>;

/** Milliseconds that answers of PagerDuty and Port take, seen from afar. */
const latency = { pagerDuty: 80, port: 40 } as const;

/**
 * What Ocean's PagerDuty integration 0.5.141 took for the first resync of the same account without
 * latency: one run of its own, on a quiet machine with 2 cores of an AMD EPYC.
 */
const ocean = { wallSeconds: 19.7, cpuSeconds: 27, requests: 1100 } as const;

/** Seconds on the wall, without latency. */
const aims: Readonly<Record<string, string>> = { first: "under 2 s", second: "under 1 s" };

/** A first and a second resync, near and far. */
export const bench: Bench = {
  title: "Resync",
  describeMethod(size) {
    const { services, incidents, rounds } = sizes[size];
    return `\`pagerport sync\` with the default mapping brings ${formatNumber(services)} services and ${formatNumber(incidents)} incidents of the last month from an invented PagerDuty, in another process on the same machine, to an empty Port, and then at once again, when nothing has changed. Without latency the quickest of ${rounds} rounds counts; with ${latency.pagerDuty} ms for each answer of PagerDuty and ${latency.port} ms for each of Port there is one round.`;
  },
  async *measure({ size }) {
    const near = { pagerDuty: 0, port: 0 };
    const rounds: Measured[] = [];
    for (let round = 0; round < sizes[size].rounds; round += 1) {
      rounds.push(...(await measureTwice(size, near)));
    }
    const quickest = Array.from(
      Map.groupBy(rounds, ({ name }) => name).values(),
      (ofName) => ofName.toSorted((one, other) => one.wallSeconds - other.wallSeconds)[0],
    ).filter((one) => one !== undefined);
    const results = [...quickest, ...(await measureTwice(size, latency))];
    yield describeRuns(results);
    yield describeEntities(results);
    yield describeRequests(results);
    // What is aimed at, and what Ocean took, is of the account in its full size.
    if (size !== "quick") yield createRatioTable(quickest.flatMap(compare));
  },
};

interface Measured extends MeasuredProcess {
  readonly name: string;
  /** By `PagerDuty GET /incidents`. */
  readonly requests: ReadonlyMap<string, number>;
}

function describeRuns(results: readonly Measured[]): Table {
  return {
    title: "Runs",
    columns: [
      "resync",
      "wall s",
      "CPU s",
      "peak RSS MB",
      "requests to PagerDuty",
      "requests to Port",
    ],
    rows: results.map(({ name, wallSeconds, cpuSeconds, peakMegabytes, requests }) => [
      name,
      formatNumber(wallSeconds, 2),
      formatNumber(cpuSeconds, 2),
      formatNumber(peakMegabytes),
      formatNumber(countOf(requests, "PagerDuty ")),
      formatNumber(countOf(requests, "Port ")),
    ]),
  };
}

const outcomes = ["created", "updated", "unchanged", "refused", "deleted"] as const;

/** What the runs say that they did, over all blueprints. */
function describeEntities(results: readonly Measured[]): Table {
  return {
    title: "Entities",
    columns: ["resync", ...outcomes],
    rows: results.map(({ name, stdout }) => {
      const { blueprints }: { blueprints: Record<(typeof outcomes)[number], number>[] } =
        JSON.parse(stdout);
      const sum = (outcome: (typeof outcomes)[number]): number =>
        blueprints.reduce((total, blueprint) => total + blueprint[outcome], 0);
      return [name, ...outcomes.map((outcome) => formatNumber(sum(outcome)))];
    }),
  };
}

function describeRequests(results: readonly Measured[]): Table {
  const routes = new Set(results.flatMap(({ requests }) => [...requests.keys()]));
  return {
    title: "Requests by route",
    columns: ["route", ...results.map(({ name }) => name)],
    rows: Array.from(routes, (route) => [
      route,
      ...results.map(({ requests }) => formatNumber(requests.get(route) ?? 0)),
    ]),
  };
}

function compare({ name, wallSeconds, cpuSeconds, requests }: Measured): Ratio[] {
  const what = `${name} resync, no latency: wall`;
  const own = { what, value: `${formatNumber(wallSeconds, 2)} s`, aim: aims[name] ?? "" };
  if (name !== "first") return [own];
  const to = (figure: string): string =>
    `first resync: ${figure} of Ocean 0.5.141, measured once on 2 cores of an AMD EPYC, to pagerport's here`;
  return [
    own,
    {
      what: to(`${ocean.wallSeconds} s wall`),
      value: formatTimes(ocean.wallSeconds / wallSeconds),
    },
    { what: to(`${ocean.cpuSeconds} s CPU`), value: formatTimes(ocean.cpuSeconds / cpuSeconds) },
    {
      what: to(`${formatNumber(ocean.requests)} requests`),
      value: formatTimes(ocean.requests / countOf(requests, "")),
    },
  ];
}

async function measureTwice(
  size: BenchSize,
  { pagerDuty, port }: Readonly<Record<keyof typeof latency, number>>,
): Promise<Measured[]> {
  const { services, incidents } = sizes[size];
  const file = join(import.meta.dir, "bench-sync-sandbox.ts");
  const settings = [pagerDuty, port, services, incidents].map(String);
  using folder = createFolder();
  const sandbox = Bun.spawn([process.execPath, file, ...settings], {
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    const ready: Ready = JSON.parse(await readUntil(sandbox.stdout, (text) => text.includes("\n")));
    const state = { PAGERPORT_STATE_DIR: join(folder.path, "state") };
    const measured: Measured[] = [];
    for (const which of ["first", "second"]) {
      const before = await readRequests(ready.controlUrl);
      const run = await measurePagerport(["sync", "--json"], folder.path, {
        ...state,
        ...ready.environment,
      });
      const requests = subtract(await readRequests(ready.controlUrl), before);
      const name = pagerDuty === 0 ? which : `${which} at ${pagerDuty}/${port} ms`;
      measured.push({ name, requests, ...run });
    }
    return measured;
  } finally {
    sandbox.kill();
    await sandbox.exited;
  }
}

/** What the sandbox prints when it is ready. */
interface Ready {
  readonly environment: Record<string, string>;
  readonly controlUrl: string;
}

/** Requests so far, by `PagerDuty GET /incidents`. */
async function readRequests(controlUrl: string): Promise<Map<string, number>> {
  const response = await fetch(`${controlUrl}/state`);
  const state: {
    readonly requests: Record<
      "pagerduty" | "port",
      { readonly byRoute: Readonly<Record<string, number>> }
    >;
  } = await response.json();
  const named = (host: string, byRoute: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(byRoute).map(([route, count]) => [`${host} ${route}`, count]);
  const { pagerduty, port } = state.requests;
  return new Map([...named("PagerDuty", pagerduty.byRoute), ...named("Port", port.byRoute)]);
}

function subtract(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const differences = Array.from(
    after,
    ([route, count]) => [route, count - (before.get(route) ?? 0)] as const,
  );
  return new Map(differences.filter(([, count]) => count > 0));
}

function countOf(requests: ReadonlyMap<string, number>, beginning: string): number {
  return [...requests]
    .filter(([route]) => route.startsWith(beginning))
    .reduce((sum, [, count]) => sum + count, 0);
}
