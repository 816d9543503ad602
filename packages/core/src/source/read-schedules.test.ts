import { expect, test } from "bun:test";
import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import { openSource } from "../sync/open-source.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { refuse, ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { ScheduleSelector } from "./selection.ts";
import { createShiftMemory } from "./shift-memory.ts";
import type { Completion } from "./source.ts";

const start = Date.UTC(2026, 2, 31, 12);
const hour = 3_600_000;

/** A shift-based schedule as PagerDuty answers its id. */
function detailOf(id: string, fields: object = {}): PagerDutyObject {
  return {
    id,
    type: "schedule_v3",
    name: `Name of ${id}`,
    time_zone: "Europe/Berlin",
    teams: [{ id: "T1", type: "team_reference" }],
    rotations: [
      { events: [{ assignment_strategy: { members: [member("U1"), member("U2")] } }] },
      { events: [{ assignment_strategy: { members: [member("U2"), { type: "empty_member" }] } }] },
      { events: [{ assignment_strategy: null }, null] },
    ],
    final_schedule: { computed_shift_assignments: [] },
    http_cal_url: "https://example.pagerduty.com/secret.ics",
    web_cal_url: "webcal://example.pagerduty.com/secret",
    html_url: `https://example.pagerduty.com/schedules/${id}`,
    ...fields,
  };
}

function member(id: string): object {
  return { type: "user_member", user_id: id };
}

function createHost(
  ids: { readonly layered?: readonly string[]; readonly shifts?: readonly string[] },
  options: ScriptedOptions = {},
): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty({ date: start, ...options });
  const { layered = [], shifts = [] } = ids;
  const user = { id: "U1", type: "user_reference" };
  host.lists = {
    users: [{ id: "U1", email: "one@example.com" }],
    schedules: layered.map((id) => ({ id, type: "schedule", name: id, users: [user] })),
  };
  listShifts(host, shifts);
  return host;
}

/** Lets the list have these. */
function listShifts(host: ScriptedPagerDuty, ids: readonly string[], names?: string): void {
  const references = ids.map((id) => ({
    id,
    type: "schedule_v3_reference",
    summary: names ?? `Name of ${id}`,
  }));
  host.lists = { ...host.lists, "v3/schedules": references };
  for (const id of ids) {
    const detail = detailOf(id, names === undefined ? {} : { name: names });
    host.answers[`/v3/schedules/${id}`] = { schedule: detail };
  }
}

interface Reading {
  readonly objects: readonly PagerDutyObject[];
  readonly completion: Completion | undefined;
  readonly notices: readonly string[];
  /** Paths that were asked for by id. */
  readonly details: readonly string[];
}

interface ReadOptions {
  readonly kind?: "schedules" | "v3/schedules";
  readonly selector?: ScheduleSelector;
  readonly memory?: ReturnType<typeof createShiftMemory>;
  readonly clock?: FakeClock;
  readonly countRequests?: () => number;
}

async function read(host: ScriptedPagerDuty, options: ReadOptions = {}): Promise<Reading> {
  const { kind = "schedules", selector = {}, memory, clock = new FakeClock(start) } = options;
  const cache = createMemoryCache();
  const { countRequests } = options;
  const source = openSource({ client: host, clock, cache, shiftMemory: memory, countRequests });
  const objects: PagerDutyObject[] = [];
  let completion: Completion | undefined;
  let notices: readonly string[] = [];
  const before = host.requests.length;
  for await (const item of source.pages([{ index: 0, selection: { kind, selector } }])) {
    if (item.type === "page") objects.push(...item.entries.map(({ object }) => object));
    else {
      completion = item.outcomes.get(0)?.completion;
      notices = item.notices ?? [];
    }
  }
  const details = host.requests
    .slice(before)
    .map(({ path }) => path)
    .filter((path) => /schedules\/\w/.test(path));
  return { objects, completion, notices, details };
}

function idsOf({ objects }: Reading): string[] {
  return objects.map(({ id }) => String(id)).toSorted();
}

function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `V${place}`);
}

test("schedules are those of both kinds, in one shape", async () => {
  const host = createHost({ layered: ["L1"], shifts: ["V1"] });
  const reading = await read(host);
  expect(reading.completion).toEqual({ state: "complete" });
  expect(idsOf(reading)).toEqual(["L1", "V1"]);
  const shifts = reading.objects.find(({ id }) => id === "V1");
  expect(shifts).toMatchObject({
    type: "schedule_v3",
    name: "Name of V1",
    summary: "Name of V1",
    time_zone: "Europe/Berlin",
    description: null,
    html_url: "https://example.pagerduty.com/schedules/V1",
    teams: [{ id: "T1" }],
    escalation_policies: [],
    users: [
      { id: "U1", type: "user_reference", __email: "one@example.com" },
      { id: "U2", type: "user_reference", __email: null },
    ],
  });
  // What is rendered only where it is included; a calendar's address is a credential, and never.
  expect(shifts).not.toHaveProperty("final_schedule");
  expect(JSON.stringify(reading.objects)).not.toContain("secret");
  const layered = reading.objects.find(({ id }) => id === "L1");
  expect(layered?.["users"]).toMatchObject([{ id: "U1", __email: "one@example.com" }]);
});

test("v3/schedules are the shift-based ones alone, in the same shape", async () => {
  const host = createHost({ layered: ["L1"], shifts: ["V1"] });
  const alone = await read(host, { kind: "v3/schedules" });
  const both = await read(host);
  expect(idsOf(alone)).toEqual(["V1"]);
  expect(alone.objects[0]).toEqual(both.objects.find(({ id }) => id === "V1") ?? {});
});

test("an included final schedule is asked for with its range", async () => {
  const host = createHost({ shifts: ["V1"] });
  const selector = { apiQueryParams: { include: ["final_schedule"], since: 1, until: 1 } };
  const { objects } = await read(host, { selector });
  expect(objects[0]).toHaveProperty("final_schedule");
  const asked = host.requests.find(({ path }) => path === "/v3/schedules/V1");
  expect(asked?.query).toEqual([
    ["include[]", "final_schedule"],
    ["since", "2026-03-01T12:00:00Z"],
    ["until", "2026-04-30T12:00:00Z"],
  ]);
  // What was remembered without it does not do, nor that of another range.
  const memory = createShiftMemory();
  await read(host, { memory });
  const other = { apiQueryParams: { include: ["final_schedule"], since: 2 } };
  for (const one of [selector, other]) {
    const reading = await read(host, { memory, selector: one });
    expect(reading.objects[0]).toHaveProperty("final_schedule");
  }
});

test("a schedule that is moved while the lists are read is in one of them at least", async () => {
  let isMoved = false;
  const host: ScriptedPagerDuty = createHost(
    { layered: ["L1", "M1"] },
    {
      onRequest: (path) => {
        if (path === "/v3/schedules" && !isMoved) {
          isMoved = true;
          listShifts(host, ["M1"]);
        }
      },
    },
  );
  expect(new Set(idsOf(await read(host)))).toEqual(new Set(["L1", "M1"]));
});

test.each([402, 403, 404])(
  "a list that is refused with %i means no shift-based schedules, which is said once",
  async (status) => {
    const host = createHost({ layered: ["L1"] }, { refused: { "/v3/schedules": status } });
    const memory = createShiftMemory();
    const first = await read(host, { memory });
    expect(first.completion).toEqual({ state: "complete" });
    expect(first.notices).toEqual([expect.stringContaining(String(status))]);
    const second = await read(host, { memory });
    expect([second.completion, second.notices]).toEqual([{ state: "complete" }, []]);
    expect(idsOf(second)).toEqual(["L1"]);
  },
);

test.each([402, 403, 404, 400, 500, 503])(
  "a list that fails with %i once there were some makes the kind incomplete",
  async (status) => {
    const refused: Record<string, number> = {};
    const host = createHost({ layered: ["L1"], shifts: ["V1"] }, { refused });
    const memory = createShiftMemory();
    await read(host, { memory });
    refused["/v3/schedules"] = status;
    const { completion, objects } = await read(host, { memory });
    expect(completion).toMatchObject({
      state: "incomplete",
      reason: expect.stringContaining("v3/schedules"),
    });
    expect(objects.map(({ id }) => id)).toEqual(["L1"]);
  },
);

test.each([400, 401, 500])(
  "a list that fails with %i makes the kind incomplete, though none was ever seen",
  async (status) => {
    const host = createHost({ layered: ["L1"] }, { refused: { "/v3/schedules": status } });
    const { completion, objects } = await read(host);
    expect(completion?.state).toBe("incomplete");
    expect(objects).toHaveLength(1);
  },
);

test("the layer-based half may fail alone, too", async () => {
  const refused: Record<string, number> = {};
  const host = createHost({ layered: ["L1"], shifts: ["V1"] }, { refused });
  const memory = createShiftMemory();
  await read(host, { memory });
  refused["/schedules"] = 403;
  const reading = await read(host, { memory });
  expect(reading.completion?.state).toBe("refused");
  expect(idsOf(reading)).toEqual(["V1"]);
  refused["/v3/schedules"] = 401;
  expect(await failureOf(read(host, { memory }))).toMatchObject({ status: 401 });
});

test("details are read at once where they are new or renamed, else those read longest ago", async () => {
  const clock = new FakeClock(start);
  const memory = createShiftMemory();
  const ids = manyIds(500);
  const host = createHost({ shifts: ids });
  const first = await read(host, { memory, clock });
  expect([first.details.length, first.notices]).toEqual([500, []]);
  const seen = new Set<string>();
  for (let run = 0; run < 3; run += 1) {
    await clock.advance(hour);
    const { details, objects, notices, completion } = await read(host, { memory, clock });
    expect([completion?.state, objects.length]).toEqual(["complete", 500]);
    expect(details).toHaveLength(200);
    expect(notices[0]).toContain(`300 of 500 shift-based schedules`);
    if (run === 1) expect(notices[0]).toContain("the oldest 2 hours ago");
    for (const path of details) seen.add(path);
  }
  expect(seen.size).toBe(500);

  // What is new and what is renamed is read whatever else is due.
  await clock.advance(hour);
  const later = [...ids.slice(0, 490), ...manyIds(600).slice(500)];
  listShifts(host, later);
  const renamed = host.lists["v3/schedules"] ?? [];
  host.lists["v3/schedules"] = renamed.map((row, at) =>
    at < 150 ? Object.assign({}, row, { summary: `Renamed ${at}` }) : row,
  );
  const { details } = await read(host, { memory, clock });
  expect(details).toHaveLength(250);
  for (const id of manyIds(600).slice(500)) expect(details).toContain(`/v3/schedules/${id}`);
  for (const id of manyIds(150)) expect(details).toContain(`/v3/schedules/${id}`);
});

test("a run of many requests reads as large a share of them", async () => {
  const memory = createShiftMemory();
  const host = createHost({ shifts: manyIds(500) });
  await read(host, { memory });
  const { details } = await read(host, { memory, countRequests: () => 4000 });
  expect(details).toHaveLength(400);
});

test.each([403, 500])(
  "a detail that answers %i stays as it was, and is a problem",
  async (status) => {
    const refused: Record<string, number> = {};
    const host = createHost({ shifts: ["V1", "V2"] }, { refused });
    const memory = createShiftMemory();
    await read(host, { memory });
    refused["/v3/schedules/V1"] = status;
    const known = await read(host, { memory });
    expect(idsOf(known)).toEqual(["V1", "V2"]);
    expect(known.completion?.state).toBe("incomplete");
    // Of one that was never read there is no name: it is left out, and the kind is not whole.
    const unknown = await read(host, { memory: createShiftMemory() });
    expect(idsOf(unknown)).toEqual(["V2"]);
    expect(unknown.completion).toMatchObject({
      state: "incomplete",
      reason: expect.stringContaining("1 of 2 shift-based schedules could not be read by id"),
    });
  },
);

test("a schedule that is listed is there, though its id answers 404", async () => {
  const host = createHost({ shifts: ["V1", "V2"] });
  const memory = createShiftMemory();
  await read(host, { memory });
  const gone: ScriptedPagerDuty = createHost(
    { shifts: ["V1", "V2"] },
    {
      onRequest: (path) => {
        if (path === "/v3/schedules/V1") throw refuse(404, path, "Not Found");
      },
    },
  );
  const known = await read(gone, { memory });
  expect([idsOf(known), known.completion?.state]).toEqual([["V1", "V2"], "complete"]);
  const unknown = await read(gone);
  expect([idsOf(unknown), unknown.completion?.state]).toEqual([["V2"], "incomplete"]);
});

test("details that are refused keep no others from being read; where none is answered, the others wait", async () => {
  for (const [status, asked] of [
    [403, 100],
    [500, 32],
  ]) {
    const refused: Record<string, number> = {};
    const host = createHost({ shifts: manyIds(100) }, { refused });
    const memory = createShiftMemory();
    await read(host, { memory });
    for (const id of manyIds(32)) refused[`/v3/schedules/${id}`] = status ?? 0;
    const { details, objects, completion } = await read(host, { memory });
    expect([details.length, objects.length, completion?.state]).toEqual([
      asked ?? 0,
      100,
      "incomplete",
    ]);
  }
});

test("a detail that is no schedule is a problem, and the others are read", async () => {
  const host = createHost({ shifts: ["V1", "V2", "V3"] });
  host.answers["/v3/schedules/V1"] = { schedule: null };
  host.answers["/v3/schedules/V2"] = { schedule: { id: "V2", name: 7 } };
  const reading = await read(host);
  expect([idsOf(reading), reading.completion?.state]).toEqual([["V3"], "incomplete"]);
});

test("one that left the list is remembered a week, and no longer where the other list has it", async () => {
  const clock = new FakeClock(start);
  const memory = createShiftMemory();
  const host = createHost({ shifts: ["V1", "V2"] });
  await read(host, { memory, clock });
  host.lists["schedules"] = [{ id: "V1", type: "schedule", name: "V1", users: [] }];
  host.lists["v3/schedules"] = [];
  await read(host, { memory, clock });
  const known = async (): Promise<string[]> =>
    (await memory.list()).map(({ schedule }) => schedule.id);
  expect(await known()).toEqual(["V2"]);
  await clock.advance(6 * 24 * hour);
  await read(host, { memory, clock });
  expect(await known()).toEqual(["V2"]);
  await clock.advance(2 * 24 * hour);
  await read(host, { memory, clock });
  expect(await known()).toEqual([]);
});

/** What the two paths answer to an id, and what comes of it. */
test.each<[layered: number, shifts: number, comes: string]>([
  [200, 404, "L"],
  [404, 200, "V"],
  [400, 200, "V"],
  [403, 200, "V"],
  [404, 404, "nothing"],
  [404, 400, "nothing"],
  [404, 403, "403"],
  [403, 404, "403"],
  [500, 200, "500"],
])("readObject() of a schedule whose paths answer %i and %i", async (layered, shifts, comes) => {
  const refused = Object.fromEntries(
    [["/schedules/P1", layered] as const, ["/v3/schedules/P1", shifts] as const].filter(
      ([, status]) => status !== 200,
    ),
  );
  const host = createHost({ layered: ["P1"], shifts: ["P1"] }, { refused });
  const memory = createShiftMemory();
  const source = openSource({
    client: host,
    clock: new FakeClock(start),
    cache: createMemoryCache(),
    shiftMemory: memory,
  });
  const resources = [{ index: 0, selection: { kind: "schedules", selector: {} } }] as const;
  const reading = source.readObject(resources, "P1");
  if (Number(comes) > 0) {
    expect(await failureOf(reading)).toMatchObject({ status: Number(comes) });
    return;
  }
  const type = (await reading)?.[0]?.entries[0]?.object["type"];
  expect(type).toBe({ L: "schedule", V: "schedule_v3" }[comes]);
  // What was read by its id is not replaced by what an earlier list led to.
  expect(await memory.list()).toHaveLength(comes === "V" ? 1 : 0);
});

test("an unchanged account without shift-based schedules is asked one thing more", async () => {
  const host = createHost({ layered: ["L1"] });
  await read(host);
  expect(host.requests.map(({ path }) => path)).toEqual(["/schedules", "/users", "/v3/schedules"]);
});

test("estimate() counts both kinds, and each detail", async () => {
  const host = createHost({ layered: ["L1"], shifts: ["V1", "V2"] });
  const source = openSource({
    client: host,
    clock: new FakeClock(start),
    cache: createMemoryCache(),
  });
  const both = [{ index: 0, selection: { kind: "schedules", selector: {} } }] as const;
  // Two lists, two details, the users.
  expect(await source.estimate(both)).toEqual({ rows: 3, requests: 5 });
  const alone = [{ index: 0, selection: { kind: "v3/schedules", selector: {} } }] as const;
  expect(await source.estimate(alone)).toEqual({ rows: 2, requests: 3 });
  host.lists = { schedules: host.lists["schedules"] ?? [], users: [] };
  const refusedOnly = openSource({
    client: host,
    clock: new FakeClock(start),
    cache: createMemoryCache(),
  });
  expect(await refusedOnly.estimate(both)).toEqual({ rows: 1, requests: 3 });
});
