import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { bySize } from "../support/size.ts";
import { createFolder, identifiersOf, readOutput, runImport } from "../support/run-import.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** More than one list gives out. */
const rows = bySize({ short: 12_000, long: 25_000 });
/** Where what matters is not how many there are. */
const fewer = bySize({ short: 3000, long: 25_000 });
const hour = 3_600_000;
const end = Date.parse("2026-06-01T00:00:00Z");
const crowd = { from: end - 200 * 24 * hour, to: end - 200 * 24 * hour + hour };

interface Case {
  readonly name: string;
  readonly options: SandboxOptions;
  /** Changes the account while it is read. */
  readonly meddle?: (sandbox: Sandbox) => void;
}

const cases: readonly Case[] = [
  {
    name: "all within one hour",
    options: {
      shape: [
        { from: end - 900 * 24 * hour, to: crowd.from, count: 5 },
        { ...crowd, count: rows },
        { from: crowd.to, to: end, count: 5 },
      ],
    },
  },
  {
    name: "10,500 within one second over services of which some are deleted",
    options: {
      services: 25,
      deletedServices: 5,
      shape: [
        { from: crowd.from, to: crowd.from + 1000, count: 10_500 },
        { from: crowd.to, to: end, count: rows - 10_500 },
      ],
    },
  },
  {
    name: "more within one second than both ends give out",
    options: {
      services: 25,
      deletedServices: 5,
      shape: [
        { from: crowd.from, to: crowd.from + 1000, count: bySize({ short: 20_500, long: 25_000 }) },
      ],
    },
  },
  {
    name: "an order that is stable by number only",
    options: { incidents: fewer, unstableOrder: true },
  },
  {
    name: "until exclusive, in an account in another time zone",
    options: { incidents: fewer, untilExclusive: true, accountTimeZone: "America/New_York" },
  },
  {
    name: "until inclusive, with fields that nobody documents",
    options: { incidents: fewer, untilExclusive: false, extraFields: true },
  },
  { name: "pages of 50 at most", options: { incidents: fewer, maxLimit: 50 } },
  {
    name: "faults of every kind in 5 % of requests",
    options: {
      incidents: fewer,
      faults: {
        rate: 0.05,
        kinds: ["500", "502-html", "408", "reset", "reset-after", "slow-body", "429", "429-bare"],
      },
      ingest: { faults: { rate: 0.05, kinds: ["500", "502-html", "408", "reset", "429-bare"] } },
    },
  },
];

for (const { name, options } of cases) {
  test(`importHistory() delivers every object once: ${name}`, async () => {
    await using sandbox = await startSandbox({ to: new Date(end), now: end, ...options });
    using folder = createFolder();
    const report = await runImport(sandbox, { folder: folder.path });

    expect(report.problems).toEqual([]);
    expect(report.complete).toBe(true);
    expectWhole(sandbox, folder.path);
  });
}

test("importHistory() delivers every object once while the account changes", async () => {
  await using sandbox = await startSandbox({ incidents: fewer, services: 250 });
  using folder = createFolder();
  const before = new Set([...sandbox.pagerduty.allIncidents()].map(({ id }) => id));
  const [first, second, third] = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const open = [...sandbox.pagerduty.allIncidents()].filter(({ status }) => status !== "resolved");

  sandbox.onRequest(({ side, number }) => {
    if (side !== "pagerduty") return;
    if (number % 10 === 0) sandbox.pagerduty.createIncident({ serviceId: String(third) });
    if (number % 15 === 0)
      sandbox.pagerduty.resolveIncident(String(open[number % open.length]?.id));
    if (number === 3) sandbox.pagerduty.createService({ name: "AAA first of all" });
    if (number === 4) sandbox.pagerduty.deleteService(String(first));
    if (number === 60) sandbox.pagerduty.deleteService(String(second));
  });
  const report = await runImport(sandbox, { folder: folder.path });

  expect(report.problems).toEqual([]);
  const lines = readOutput(folder.path);
  const incidents = identifiersOf(lines, "incident");
  const delivered = new Set(incidents);
  expect(delivered.size).toBe(incidents.length);
  expect([...before].filter((id) => !delivered.has(id))).toEqual([]);
  const services = identifiersOf(lines, "service");
  expect(new Set(services).size).toBe(services.length);
  expect(lines.filter(({ event }) => event.data.title === "AAA first of all")).toHaveLength(1);
});

test("importHistory() asks no more than 1.15 × pages + 3 a window", async () => {
  await using sandbox = await startSandbox({ incidents: 25_000, services: 40, now: end, to: end });
  using folder = createFolder();
  const report = await runImport(sandbox, { folder: folder.path });

  const windows = report.events.filter((event) => event.type === "window");
  const asked = sandbox.requests.pagerduty.byRoute["GET /incidents"] ?? 0;
  const allowed = windows.reduce(
    (sum, { rows: count }) => sum + 1.15 * Math.ceil(count / 100) + 3,
    0,
  );
  expect(windows.length).toBeGreaterThan(5);
  expect(asked).toBeLessThanOrEqual(allowed);
});

function expectWhole(sandbox: Sandbox, folder: string): void {
  const lines = readOutput(folder);
  const services = [...sandbox.pagerduty.allServices()].map(({ id }) => id).toSorted();
  const incidents = [...sandbox.pagerduty.allIncidents()]
    .toSorted(
      (one, other) =>
        Date.parse(one.created_at) - Date.parse(other.created_at) ||
        one.incident_number - other.incident_number,
    )
    .map(({ id }) => id);

  expect(identifiersOf(lines.slice(0, services.length), "service").toSorted()).toEqual(services);
  expect(identifiersOf(lines, "incident")).toEqual(incidents);
  expect(lines).toHaveLength(services.length + incidents.length);
  expect(sandbox.ingest.received.distinct).toBe(lines.length);
}
