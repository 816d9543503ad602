import { expect, spyOn, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import * as fc from "fast-check";
import type { Clock } from "../clock.ts";
import { HttpError, NetworkError } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import type { Delivery, Outcome, PayloadSink } from "../sink/sink.ts";
import type { Incident } from "../source/objects.ts";
import { failureOf } from "../testing/failure-of.ts";
import { ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { caseCount } from "../testing/test-size.ts";
import { estimateImport } from "./estimate-import.ts";
import { importHistory, type ImportHistoryOptions } from "./import-history.ts";
import { nameImportFiles } from "./import-journal.ts";
import type { ImportReport } from "./import-report.ts";

const second = 1000;
const start = Date.UTC(2025, 0, 1);
const now = Date.UTC(2026, 0, 1);

const fingerprint = {
  apiUrl: "https://api.pagerduty.com",
  portUrl: "digest",
  kinds: "services,incidents",
  since: "",
  until: "",
};

function createIncident(number: number, created: number, status = "resolved"): Incident {
  return {
    id: `Q${number}`,
    incident_number: number,
    created_at: new Date(created).toISOString().replace(".000Z", "Z"),
    title: `Incident ${number}`,
    status,
    urgency: "high",
    service: { id: `P${number % 5}` },
  };
}

/** Five services, and incidents of which several share a second. */
function createHost(incidents = 40, options: ScriptedOptions = {}): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty(options);
  host.services = Array.from({ length: 5 }, (_, place) => ({
    id: `P${place}`,
    name: `Service ${place}`,
    status: "active",
  }));
  host.incidents = Array.from({ length: incidents }, (_, place) =>
    createIncident(place + 1, start + Math.floor(place / 3) * 500_000 * second),
  );
  return host;
}

interface Port extends PayloadSink {
  readonly delivered: string[];
}

/** A webhook that answers as it is told, and keeps what it accepted. */
function createPort(
  answer: (delivery: Delivery, count: number) => Outcome | Error | undefined = () => undefined,
): Port {
  const delivered: string[] = [];
  let count = 0;
  return {
    delivered,
    deliver: async (delivery) => {
      count += 1;
      const outcome = answer(delivery, count);
      await Promise.resolve();
      if (outcome instanceof Error) throw outcome;
      if (outcome === undefined || outcome.accepted) delivered.push(delivery.line);
      return outcome ?? { accepted: true };
    },
  };
}

/** Every look at it is a while later, so that progress is saved now and then. */
function createHastyClock(step = 400): Clock {
  let time = now;
  return {
    now: () => (time += step),
    sleep: () => Promise.resolve(),
  };
}

async function runImport(
  folder: TemporaryFolder,
  options: Partial<ImportHistoryOptions> & Pick<ImportHistoryOptions, "pagerDuty">,
): Promise<ImportReport> {
  return importHistory({
    files: nameImportFiles(folder.file("output.json")),
    fingerprint,
    kinds: ["services", "incidents"],
    clock: createHastyClock(),
    pid: process.pid,
    countRequests: () => ({ pagerduty: 0, port: 0 }),
    ...options,
  });
}

function linesOf(folder: TemporaryFolder): string[] {
  return readFileSync(folder.file("output.json"), "utf8").split("\n").slice(0, -1);
}

function idsOf(lines: readonly string[]): string[] {
  return lines.map((line) => String(JSON.parse(line).event.data.identifier));
}

const allIds = (incidents: number): string[] => [
  ...Array.from({ length: 5 }, (_, place) => `P${place}`),
  ...Array.from({ length: incidents }, (_, place) => `Q${place + 1}`),
];

test("importHistory() posts and writes services, then incidents in order, each once", async () => {
  using folder = new TemporaryFolder();
  const port = createPort();
  const report = await runImport(folder, { pagerDuty: createHost(), sink: port });
  expect(report).toMatchObject({
    complete: true,
    resumed: false,
    problems: [],
    kinds: {
      services: { fetched: 5, delivered: 5, failed: 0 },
      incidents: { fetched: 40, delivered: 40, failed: 0 },
    },
  });
  expect(report.stoppedBy).toBeUndefined();
  expect(idsOf(linesOf(folder))).toEqual(allIds(40));
  expect(port.delivered.toSorted()).toEqual(linesOf(folder).toSorted());
  expect(readdirSync(folder.path).toSorted()).toEqual(["output.json", "output.json.progress"]);
});

test("importHistory() posts no incident before the last service was answered", async () => {
  using folder = new TemporaryFolder();
  const log: string[] = [];
  const sink: PayloadSink = {
    deliver: async ({ id }) => {
      log.push(`post ${id}`);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      log.push(`answer ${id}`);
      return { accepted: true };
    },
  };
  await runImport(folder, { pagerDuty: createHost(), sink });
  const firstIncident = log.findIndex((line) => line.startsWith("post Q"));
  expect(log.slice(0, firstIncident).filter((line) => line.startsWith("answer P"))).toHaveLength(5);
});

test("importHistory() that is stopped again and again writes what an undisturbed one does", async () => {
  using undisturbed = new TemporaryFolder();
  await runImport(undisturbed, { pagerDuty: createHost() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.nat({ max: 45 }), byHand: fc.boolean() }), { maxLength: 4 }),
      fc.constantFrom(1, 100, 400, 2000),
      async (stops, step) => {
        using folder = new TemporaryFolder();
        const seen = new Set<string>();
        for (const { after, byHand } of stops) {
          const controller = new AbortController();
          const port = createPort((_delivery, count) => {
            if (count <= after) return undefined;
            if (byHand) controller.abort(new Error("stopped by hand"));
            const request = { host: "Port", method: "POST", url: "https://ingest.test/…" };
            return byHand ? undefined : new NetworkError("Port did not answer", request);
          });
          const report = await runImport(folder, {
            pagerDuty: createHost(),
            sink: port,
            clock: createHastyClock(step),
            signal: controller.signal,
          });
          for (const line of port.delivered) seen.add(line);
          if (report.stoppedBy === undefined) break;
          expect(report.complete).toBe(false);
        }
        const port = createPort();
        const report = await runImport(folder, { pagerDuty: createHost(), sink: port });
        for (const line of port.delivered) seen.add(line);
        expect(report.complete).toBe(true);
        expect(linesOf(folder)).toEqual(linesOf(undisturbed));
        expect([...seen].toSorted()).toEqual(linesOf(undisturbed).toSorted());
      },
    ),
    { numRuns: caseCount(20) },
  );
});

test("importHistory() goes on from what a process leaves that is killed at any moment", async () => {
  using undisturbed = new TemporaryFolder();
  await runImport(undisturbed, { pagerDuty: createHost() });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 45 }),
      fc.constantFrom(1, 150, 400, 2000),
      fc.array(fc.nat({ max: 39 }), { maxLength: 3 }),
      async (killedAt, step, refused) => {
        using folder = new TemporaryFolder();
        using left = new TemporaryFolder();
        const refuses = ({ id }: Delivery): Outcome | undefined =>
          refused.includes(Number(id.slice(1)))
            ? { accepted: false, status: 422, reason: "bad" }
            : undefined;
        const before = createPort((delivery, count) => {
          // What is on disk at this moment is what a killed process leaves.
          if (count === killedAt) cpSync(folder.path, left.path, { recursive: true });
          return refuses(delivery);
        });
        await runImport(folder, {
          pagerDuty: createHost(),
          sink: before,
          clock: createHastyClock(step),
        });
        const accepted = new Set(before.delivered.slice(0, killedAt));
        const after = createPort(refuses);
        const report = await runImport(left, { pagerDuty: createHost(), sink: after });
        expect(linesOf(left)).toEqual(linesOf(undisturbed));
        for (const line of after.delivered) accepted.add(line);
        const failed = new Set(refused.flatMap((number) => [`P${number}`, `Q${number}`]));
        const wanted = linesOf(undisturbed).filter((line) => !failed.has(idsOf([line])[0] ?? ""));
        expect([...accepted].toSorted()).toEqual(wanted.toSorted());
        const stillRefused = allIds(40).filter((id) => failed.has(id)).length;
        expect(report.complete).toBe(stillRefused === 0);
        expect(
          (report.kinds["services"]?.failed ?? 0) + (report.kinds["incidents"]?.failed ?? 0),
        ).toBe(stillRefused);
      },
    ),
    { numRuns: caseCount(40) },
  );
});

test("importHistory() loses no line when the disk was full for a moment", async () => {
  using folder = new TemporaryFolder();
  using undisturbed = new TemporaryFolder();
  await runImport(undisturbed, { pagerDuty: createHost() });
  const handle = await open(folder.file("other"), "w");
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const datasync = spyOn(Object.getPrototypeOf(handle), "datasync");
  await handle.close();
  let isFull = true;
  const port = createPort((_delivery, count) => {
    if (count === 20 && isFull) {
      isFull = false;
      datasync.mockRejectedValueOnce(full);
    }
    return undefined;
  });
  const report = await runImport(folder, { pagerDuty: createHost(), sink: port });
  datasync.mockRestore();
  expect(report.stoppedBy).toMatchObject({ name: "FileError" });
  expect((await runImport(folder, { pagerDuty: createHost(), sink: port })).complete).toBe(true);
  expect(linesOf(folder)).toEqual(linesOf(undisturbed));
});

test("importHistory() that is finished sends what is new, and what was open and has changed", async () => {
  using folder = new TemporaryFolder();
  const host = createHost(10);
  const last = now - 3600 * second;
  host.incidents.push(
    createIncident(11, last, "triggered"),
    createIncident(12, last, "acknowledged"),
  );
  await runImport(folder, { pagerDuty: host });
  expect(idsOf(linesOf(folder))).toHaveLength(5 + 12);

  host.services.push({ id: "P9", name: "New", status: "active" });
  host.incidents = host.incidents.map((incident) =>
    incident.id === "Q11" ? { ...incident, status: "resolved" } : incident,
  );
  // Created since, and so shortly before the end of the first run that it did not show yet.
  host.incidents.push(createIncident(13, now + 60 * second), createIncident(14, now - 60 * second));
  const events: RunEvent[] = [];
  const report = await runImport(folder, {
    pagerDuty: host,
    clock: createHastyClock(2 * 60 * second),
    onEvent: (event) => events.push(event),
  });
  expect(idsOf(linesOf(folder)).slice(5 + 12)).toEqual(["P9", "Q14", "Q13", "Q11"]);
  expect(report).toMatchObject({ complete: true, resumed: false });
  expect(report.kinds).toMatchObject({ services: { fetched: 1 }, incidents: { fetched: 3 } });
  const notices = events.filter((event) => event.type === "notice");
  expect(notices).toHaveLength(1);
  expect(JSON.stringify(notices)).toContain("--fresh");

  const third = await runImport(folder, {
    pagerDuty: host,
    clock: createHastyClock(5 * 60 * second),
  });
  expect(third.kinds).toMatchObject({ services: { fetched: 0 }, incidents: { fetched: 0 } });
  expect(linesOf(folder)).toHaveLength(5 + 12 + 4);
});

test("importHistory() sets aside what Port refuses, and posts that first the next time", async () => {
  using folder = new TemporaryFolder();
  const refusing = createPort(({ id }) =>
    ["P3", "Q7"].includes(id) ? { accepted: false, status: 422, reason: "no title" } : undefined,
  );
  const problems: string[] = [];
  const first = await runImport(folder, {
    pagerDuty: createHost(),
    sink: refusing,
    onEvent: (event) => {
      if (event.type === "problem") problems.push(event.message);
    },
  });
  expect(first).toMatchObject({
    complete: false,
    kinds: {
      services: { fetched: 5, delivered: 4, failed: 1 },
      incidents: { fetched: 40, delivered: 39, failed: 1 },
    },
  });
  expect(problems).toEqual([
    "Port refused services/P3 with 422: no title",
    "Port refused incidents/Q7 with 422: no title",
  ]);
  const failed = readFileSync(folder.file("output.failed.json"), "utf8");
  expect(failed).toStartWith('{"status":422,"reason":"no title","payload":{"event":');
  expect(linesOf(folder)).toHaveLength(45);

  const stillRefusing = createPort(({ id }) =>
    id === "Q7" ? { accepted: false, status: 400, reason: "still" } : undefined,
  );
  const again = await runImport(folder, { pagerDuty: createHost(), sink: stillRefusing });
  expect(again.complete).toBe(false);
  expect(idsOf(stillRefusing.delivered)).toEqual(["P3"]);
  expect(readFileSync(folder.file("output.failed.json"), "utf8")).toContain('"status":400');

  const accepting = createPort();
  const third = await runImport(folder, { pagerDuty: createHost(), sink: accepting });
  expect(third.complete).toBe(true);
  expect(idsOf(accepting.delivered)).toEqual(["Q7"]);
  expect(existsSync(folder.file("output.failed.json"))).toBe(false);
});

test("importHistory() reads an incomplete window again the next time, and writes only what was missing", async () => {
  using folder = new TemporaryFolder();
  let turn = 0;
  let isUnsteady = true;
  const all = createHost(60).incidents;
  const host: ScriptedPagerDuty = createHost(60, {
    pageSize: 5,
    onRequest: (path) => {
      turn += 1;
      host.incidents =
        isUnsteady && path === "/incidents"
          ? all.filter((_incident, place) => place % 7 !== turn % 7)
          : all;
    },
  });
  const first = await runImport(folder, { pagerDuty: host });
  expect(first.complete).toBe(false);
  expect(first.problems[0]).toContain("are incomplete");
  const written = idsOf(linesOf(folder));
  isUnsteady = false;
  const again = await runImport(folder, { pagerDuty: host });
  expect(again.complete).toBe(true);
  const ids = idsOf(linesOf(folder));
  expect(ids.slice(0, written.length)).toEqual(written);
  expect(ids.toSorted()).toEqual(allIds(60).toSorted());
});

test("importHistory() refuses the files of another import, naming what differs", async () => {
  using folder = new TemporaryFolder();
  await runImport(folder, { pagerDuty: createHost(3) });
  const other = { ...fingerprint, apiUrl: "https://api.eu.pagerduty.com", since: "2025-01-01" };
  const error = await failureOf(
    runImport(folder, { pagerDuty: createHost(3), fingerprint: other }),
  );
  expect(error).toMatchObject({ name: "ConfigError", setting: "PD_API_URL, --since" });
  expect(error.message).toContain(
    "PD_API_URL (then https://api.pagerduty.com, now https://api.eu.pagerduty.com) and another --since (then none, now 2025-01-01)",
  );
  expect(error.message).toContain("--fresh");
  const otherPort = { ...fingerprint, portUrl: "0123456789abcdef" };
  const aboutPort = await failureOf(
    runImport(folder, { pagerDuty: createHost(3), fingerprint: otherPort }),
  );
  expect(aboutPort.message).not.toContain("0123456789abcdef");

  await runImport(folder, { pagerDuty: createHost(2), fingerprint: other, fresh: true });
  expect(linesOf(folder)).toHaveLength(7);
});

test("importHistory() that was stopped before its first object leaves nothing in the way", async () => {
  using folder = new TemporaryFolder();
  const options = { host: "Port", method: "POST", url: "https://port.test/…", status: 404 };
  const gone = new HttpError("Port answered 404", { ...options, reason: "" });
  const wrong = createPort(() => gone);
  const stopped = await runImport(folder, { pagerDuty: createHost(3), sink: wrong });
  expect(stopped.stoppedBy).toBe(gone);
  expect(readdirSync(folder.file("."))).toEqual([]);

  // As a process leaves it that was killed then.
  await runImport(folder, {
    pagerDuty: createHost(3),
    sink: createPort(() => {
      for (const name of ["output.json", "output.json.progress"]) {
        cpSync(folder.file(name), folder.file(`${name}.killed`));
      }
      return gone;
    }),
  });
  for (const name of ["output.json", "output.json.progress"]) {
    cpSync(folder.file(`${name}.killed`), folder.file(name));
  }
  const mended = { ...fingerprint, portUrl: "mended" };
  const report = await runImport(folder, { pagerDuty: createHost(3), fingerprint: mended });
  expect(report).toMatchObject({ complete: true, resumed: false });
  expect(idsOf(linesOf(folder))).toEqual(allIds(3));
});

test("importHistory() that is stopped while it posts refused objects again posts no accepted one twice", async () => {
  using folder = new TemporaryFolder();
  const host = createHost(40);
  const refusing = createPort(() => ({ accepted: false, status: 422, reason: "no title" }));
  await runImport(folder, { pagerDuty: host, sink: refusing });

  const options = { host: "Port", method: "POST", url: "https://port.test/…", status: 503 };
  const down = new HttpError("Port answered 503", { ...options, reason: "" });
  const failing = createPort((_, count) => (count > 20 ? down : undefined));
  expect((await runImport(folder, { pagerDuty: host, sink: failing })).stoppedBy).toBe(down);
  const accepting = createPort();
  const last = await runImport(folder, { pagerDuty: host, sink: accepting });
  expect(last.complete).toBe(true);
  const posted = [...idsOf(failing.delivered), ...idsOf(accepting.delivered)];
  expect(posted).toHaveLength(45);
  expect(posted.toSorted()).toEqual(allIds(40).toSorted());
  expect(posted.slice(0, 5)).toEqual(allIds(0));
});

test("importHistory() never posts a refused payload after a newer one of the same incident", async () => {
  using folder = new TemporaryFolder();
  const host = createHost(3);
  host.incidents.push(createIncident(4, now - 3600 * second, "triggered"));
  const refuseOpen = (): Port =>
    createPort(({ id, line }) =>
      id === "P3" || line.includes("triggered")
        ? { accepted: false, status: 422, reason: "no responder" }
        : undefined,
    );
  await runImport(folder, { pagerDuty: host, sink: refuseOpen() });
  host.incidents = host.incidents.map((incident) => ({ ...incident, status: "resolved" }));
  const laterPort = refuseOpen();
  const report = await runImport(folder, { pagerDuty: host, sink: laterPort });
  expect(idsOf(laterPort.delivered)).toEqual(["Q4"]);
  expect(report.kinds).toMatchObject({ services: { failed: 1 }, incidents: { failed: 0 } });

  const accepting = createPort();
  await runImport(folder, { pagerDuty: host, sink: accepting });
  expect(idsOf(accepting.delivered)).toEqual(["P3"]);
});

test("importHistory() refuses an output file that it did not write", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("output.json"), "precious\n");
  const error = await failureOf(runImport(folder, { pagerDuty: createHost(3) }));
  expect(error).toMatchObject({ name: "ConfigError", setting: "--output" });
  expect(readFileSync(folder.file("output.json"), "utf8")).toBe("precious\n");
});

test("importHistory() tells another account from a renewed token of the same one", async () => {
  using folder = new TemporaryFolder();
  await runImport(folder, { pagerDuty: createHost(20) });
  // All of the ids that were kept are gone but one.
  const same = createHost(20);
  same.services = same.services.slice(4);
  same.incidents = [];
  expect((await runImport(folder, { pagerDuty: same })).stoppedBy).toBeUndefined();

  const stranger = new ScriptedPagerDuty();
  stranger.services = [{ id: "PX" }];
  const report = await runImport(folder, { pagerDuty: stranger });
  expect(report.stoppedBy).toMatchObject({ name: "ConfigError", setting: "PD_TOKEN" });
  expect(linesOf(folder)).toHaveLength(25);
});

test("importHistory() goes on with incidents where services are not allowed", async () => {
  using folder = new TemporaryFolder();
  const deny = (kind: string, status: number): ScriptedPagerDuty =>
    createHost(10, {
      onRequest: (path) => {
        if (path !== kind) return;
        const request = { host: "PagerDuty", method: "GET", url: path, status, reason: "no" };
        throw new HttpError(`PagerDuty answered ${status}`, request);
      },
    });
  const report = await runImport(folder, { pagerDuty: deny("/services", 403) });
  expect(report.complete).toBe(false);
  expect(report.problems).toEqual(["services could not be read: PagerDuty answered 403"]);
  expect(idsOf(linesOf(folder))).toHaveLength(10);

  using other = new TemporaryFolder();
  const noIncidents = await runImport(other, { pagerDuty: deny("/incidents", 402) });
  expect(noIncidents.problems).toEqual(["incidents could not be read: PagerDuty answered 402"]);
  expect(idsOf(linesOf(other))).toHaveLength(5);
  // A better token goes on with them.
  expect((await runImport(other, { pagerDuty: createHost(10) })).complete).toBe(true);
  expect(idsOf(linesOf(other))).toEqual(allIds(10));

  using third = new TemporaryFolder();
  const onlyIncidents = await runImport(third, {
    pagerDuty: deny("/incidents", 403),
    kinds: ["incidents"],
  });
  expect(onlyIncidents.stoppedBy).toMatchObject({ status: 403 });
});

test("importHistory() keeps to its kinds and range: since inclusive, until exclusive", async () => {
  using folder = new TemporaryFolder();
  const report = await runImport(folder, {
    pagerDuty: createHost(30),
    kinds: ["incidents"],
    since: start + 500_000 * second,
    until: start + 1_500_000 * second,
  });
  expect(Object.keys(report.kinds)).toEqual(["incidents"]);
  expect(idsOf(linesOf(folder))).toEqual(["Q4", "Q5", "Q6", "Q7", "Q8", "Q9"]);
});

test("importHistory() of an empty account is complete", async () => {
  using folder = new TemporaryFolder();
  const report = await runImport(folder, { pagerDuty: new ScriptedPagerDuty() });
  expect(report.complete).toBe(true);
  expect(linesOf(folder)).toEqual([]);
  const host = new ScriptedPagerDuty();
  await runImport(folder, { pagerDuty: host });
  expect(host.requests.length).toBeLessThan(5);
  host.incidents.push(createIncident(1, now));
  await runImport(folder, { pagerDuty: host });
  expect(idsOf(linesOf(folder))).toEqual(["Q1"]);
});

test("importHistory() to a stream leaves no file behind", async () => {
  using folder = new TemporaryFolder();
  const lines: string[] = [];
  const report = await runImport(folder, {
    pagerDuty: createHost(5),
    stream: {
      length: 0,
      append: (line) => lines.push(line),
      flush: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  });
  expect(report.complete).toBe(true);
  expect(idsOf(lines)).toEqual(allIds(5));
  expect(readdirSync(folder.path)).toEqual([]);
});

test("importHistory() is not disturbed by a listener that throws", async () => {
  using folder = new TemporaryFolder();
  const onEvent = (): void => {
    throw new Error("broken progress bar");
  };
  expect((await runImport(folder, { pagerDuty: createHost(3), onEvent })).complete).toBe(true);
});

test.each([
  ["output.json", "output.failed.json", "output.json.progress"],
  ["/a/b.ndjson", "/a/b.ndjson.failed", "/a/b.ndjson.progress"],
])("nameImportFiles() of %s", (output, failed, progress) => {
  expect(nameImportFiles(output)).toEqual({ output, failed, progress });
});

test("estimateImport() tells objects, requests and minutes, and writes nothing", async () => {
  const host = createHost(0);
  host.incidents = Array.from({ length: 900 }, (_, place) =>
    createIncident(place, start + place * second),
  );
  const shared = {
    pagerDuty: host,
    clock: createHastyClock(1),
    requestsPerMinute: 12,
    toPort: true,
  };
  const whole = await estimateImport({ ...shared, kinds: ["services", "incidents"] });
  expect(whole.objects).toEqual({ services: 5, incidents: 900 });
  expect(whole.hosts.port.requests).toBe(905);
  // A page of services, the oldest incident, and three stretches of time of 300 each.
  expect(whole.hosts.pagerduty).toEqual({ requests: 1 + 1 + 3 * 4, minutes: 14 / 12 });
  const part = await estimateImport({
    ...shared,
    kinds: ["incidents"],
    since: start + 100 * second,
    toPort: false,
  });
  expect(part.objects).toEqual({ incidents: 800 });
  expect(part.hosts.port).toEqual({ requests: 0, minutes: 0 });
});
