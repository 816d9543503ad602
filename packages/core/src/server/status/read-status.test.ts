import { expect, test } from "bun:test";
import { addEvents } from "../../store/inbox.ts";
import { keepJournalNote } from "../../store/retention/journal-note.ts";
import { keepCheck } from "../../store/notes/check-note.ts";
import { noteFullMapping, noteMapping } from "../../store/notes/mapping-note.ts";
import { keepServiceNote, type ServiceNote } from "../../store/notes/service-note.ts";
import { createStorePins } from "../../store/pins/database-pins.ts";
import { queueRun } from "../../store/queued-run.ts";
import { readTime } from "../../store/read-time.ts";
import { endRun, type KeptEntities, type RunType, startRun } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { createEvent } from "../../testing/inbox-event.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { judgeStatus } from "./judge-status.ts";
import { readStatus } from "./read-status.ts";

const minute = 60_000;
const hour = 60 * minute;
const integrationIdentifier = "mine";

const note: ServiceNote = {
  owner: "host, process 7",
  resyncMinutes: 60,
  fullHours: 24,
  verifyHours: 24,
  webhook: { state: "ready" },
  paused: [],
  foreignHosts: undefined,
  budgets: [{ host: "Port", part: undefined, limit: 1000, remaining: 900, at: 0 }],
};

async function run(sql: Sql, type: RunType, kept: readonly KeptEntities[] = []): Promise<number> {
  const { run: begun } = await startRun(sql, { type, owner: "test" });
  if (begun === undefined) throw new Error("Nothing else runs");
  await endRun(sql, begun, { outcome: "complete", kept });
  return begun.number;
}

function name(brake: string): KeptEntities {
  return { blueprint: "service", brake, reason: `by ${brake}`, entities: 2, identifiers: [] };
}

test.each(databaseSorts)(
  "readStatus() tells all that a store holds (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const store = await database.open({ shiftClock: () => ahead });
    const { sql } = store;
    const read = () => readStatus({ store, integrationIdentifier });

    // A store that nobody has used: what is not known is told so.
    const empty = await read();
    expect(empty).toMatchObject({
      from: "store",
      integration: "mine",
      store: { place: store.place, isPersistent: true },
      hosts: { account: null, portOrg: null, foreign: null },
      server: null,
      mapping: null,
      lag: { since: null },
      webhook: null,
      inbox: { waiting: 0, dead: 0, oldest: null },
      pausedHosts: null,
      check: null,
    });
    expect(judgeStatus(empty).map(({ about }) => about)).toEqual(["runs/full"]);

    const pins = createStorePins({ sql, integrationIdentifier });
    await pins.keep({ account: "acme.pagerduty.com", portOrg: "org_1" });
    await keepServiceNote(sql, note);
    await noteMapping(sql, { digest: "0123456789abcdef", origin: "mapping.yaml" });
    const full = await run(sql, "full", ["share", "control", "waiting"].map(name));
    await noteFullMapping(sql, "0123456789abcdef");
    ahead += 10 * minute;
    const delta = await run(sql, "delta");
    await keepServiceNote(sql, { ...note, paused: [{ host: "Port", since: 5, error: "503" }] });
    const occurredAt = (await readTime(sql)) - 90_000;
    await addEvents(sql, [
      createEvent("1", { occurredAt, signedBy: "PWH" }),
      createEvent("2", { state: "dead" }),
    ]);
    const blueprints = [{ blueprint: "service", compared: 9, changed: 1, missing: 0, extra: 0 }];
    await keepCheck(sql, { by: "test", sample: 200, verdict: "drifted", blueprints });
    await queueRun(sql, "full");
    await keepJournalNote(sql, { firm: 90, rotating: 9, limit: 100, refused: 2 });
    const status = await readStatus({ store, integrationIdentifier, pins });
    expect(status).toMatchObject({
      hosts: { account: "acme.pagerduty.com", portOrg: "org_1" },
      server: { owner: "host, process 7", isAlive: true, resyncMinutes: 60, verifyHours: 24 },
      mapping: { origin: "mapping.yaml", hash: "0123456789ab", deletions: "through", blocked: [] },
      runs: {
        running: null,
        queued: "full",
        lastFull: { number: full, outcome: "complete" },
        lastDelta: { number: delta },
        isOverdue: false,
      },
      lag: { since: new Date(occurredAt).toISOString(), runs: null },
      webhook: { state: "ready", reason: null },
      inbox: { waiting: 1, dead: 1 },
      journal: { kept: 90, rotating: 9, limit: 100, refused: 2 },
      withheld: [
        {
          blueprint: "service",
          brake: "share",
          reason: "by share",
          entities: 2,
          isGuardStop: false,
        },
        { brake: "control", isGuardStop: true },
      ],
      pausedHosts: [{ host: "Port", since: "1970-01-01T00:00:00.005Z", error: "503" }],
      budgets: [{ host: "Port", part: null, limit: 1000, remaining: 900 }],
      check: { by: "test", sample: 200, verdict: "drifted", blueprints },
      plans: [],
      pause: null,
    });
    expect(status.webhook?.lastEvent).not.toBeNull();
    const expected = { account: "acme", portOrg: undefined };
    expect((await readStatus({ store, integrationIdentifier, pins, expected })).hosts).toEqual({
      account: "acme",
      portOrg: "org_1",
      foreign: null,
    });
    // As JSON it is the same: it goes over the wire.
    expect(JSON.parse(JSON.stringify(status)) as unknown).toEqual(status);

    // The next one is due an hour after the last began, and late five minutes after that.
    const lastStart = Date.parse(status.runs.last[0]?.startedAt ?? "");
    expect(status.runs.nextAt).toBe(new Date(lastStart + hour).toISOString());
    ahead += hour + 6 * minute;
    const late = await read();
    expect(late.runs.isOverdue).toBe(true);
    expect(late.lag.runs).toBe(status.runs.lastDelta?.startedAt ?? "");
    // By then the server has long been silent: what it said of hosts is not said any more.
    expect(late).toMatchObject({ server: { isAlive: false }, pausedHosts: null });
  },
  60_000,
);

test.each(databaseSorts)(
  "readStatus() has a service of this process tell what only it knows (%s)",
  async (_sort, create) => {
    await using database = await create();
    const store = await database.open();
    const at = 1_800_000_000_000;
    const paused = [{ host: "PagerDuty", since: at, error: "401" }];
    const live = { paused, foreignHosts: "another's", nextRunAt: undefined };
    const status = await readStatus({
      store,
      integrationIdentifier,
      readService: () => Promise.resolve(live),
      findNextRun: () => Promise.resolve(at + minute),
    });
    expect(status).toMatchObject({
      from: "server",
      hosts: { foreign: "another's" },
      pausedHosts: [{ host: "PagerDuty", error: "401" }],
      runs: { nextAt: new Date(at + minute).toISOString() },
    });
  },
  60_000,
);

test.each(databaseSorts)(
  "readStatus() tells whether a mapping's deletions went through (%s)",
  async (_sort, create) => {
    await using database = await create();
    const store = await database.open();
    const { sql } = store;
    const read = async () => (await readStatus({ store, integrationIdentifier })).mapping;
    await noteMapping(sql, { digest: "first", origin: undefined });
    expect(await read()).toMatchObject({ origin: null, hash: "first", deletions: "pending" });
    await run(sql, "full");
    // Of a version that noted nothing.
    expect((await read())?.deletions).toBe("unknown");
    await noteFullMapping(sql, "first");
    expect((await read())?.deletions).toBe("through");
    const since = (await read())?.since ?? "";
    await noteMapping(sql, { digest: "first", origin: undefined });
    expect((await read())?.since).toBe(since);
    await noteMapping(sql, { digest: "second", origin: "b.yaml" });
    expect(await read()).toMatchObject({ origin: "b.yaml", deletions: "pending" });
    await run(sql, "full", [name("reader")]);
    await noteFullMapping(sql, "second");
    expect((await read())?.deletions).toBe("withheld");
  },
  60_000,
);
