import { expect, test } from "bun:test";
import { emptyStatus } from "../../testing/empty-status.ts";
import { isAllWell, judgeStatus } from "./judge-status.ts";
import type { StatusReport } from "./status-report.ts";

const at = "2026-11-25T10:00:00.000Z";

/** A moment so many minutes before the report. */
function ago(minutes: number): string {
  return new Date(Date.parse(at) - minutes * 60_000).toISOString();
}

const run = {
  number: 12,
  type: "full",
  startedAt: ago(70),
  endedAt: ago(60),
  outcome: "complete",
} as const;
const well: StatusReport = {
  ...emptyStatus,
  at,
  runs: { ...emptyStatus.runs, lastFull: run, last: [run] },
};
const server = {
  owner: "host, process 7",
  seenAt: ago(0),
  isAlive: true,
  resyncMinutes: 60,
  verifyHours: 24,
};
const plan = {
  id: 7,
  blueprint: "service",
  brake: "share",
  reason: "12 of 40 would go",
  entities: 12,
  approved: 0,
  rejected: 0,
  openedAt: ago(600),
  since: ago(600),
  run: 12,
  sort: "deletions",
} as const;
const kept = { blueprint: "service", reason: "why", entities: 3 };
const check = {
  at: ago(120),
  by: "host",
  sample: 200,
  verdict: "drifted",
  blueprints: [{ blueprint: "service", compared: 40, changed: 2, missing: 0, extra: 1 }],
} as const;

test("judgeStatus() finds nothing where all is well", () => {
  expect(judgeStatus(well)).toEqual([]);
  const journal = { kept: 500, rotating: 9, limit: 512, refused: 0 };
  expect(judgeStatus({ ...well, journal })).toEqual([]);
  expect(judgeStatus({ ...well, server, check: { ...check, verdict: "in-step" } })).toEqual([]);
  expect(isAllWell([])).toBe(true);
});

test.each<readonly [string, Partial<StatusReport>, string, string, RegExp, RegExp]>([
  [
    "hosts of another",
    { hosts: { ...well.hosts, foreign: "of the account beta" } },
    "wrong",
    "hosts",
    /account beta/,
    /doctor/,
  ],
  [
    "a host that is away",
    { pausedHosts: [{ host: "Port", since: ago(32), error: "503" }] },
    "wrong",
    "host/Port",
    /Port has not taken requests for 32 min.*503/,
    /doctor/,
  ],
  [
    "a server that is gone",
    { server: { ...server, seenAt: ago(40), isAlive: false } },
    "wrong",
    "server",
    /for 40 min .*process 7/,
    /pagerport serve/,
  ],
  [
    "a store that ends with the process",
    { store: { place: "in memory", isPersistent: false } },
    "wrong",
    "store",
    /in memory/,
    /PAGERPORT_STATE_DIR/,
  ],
  [
    "no webhooks",
    { server, webhook: { state: "denied", reason: "403", lastEvent: null } },
    "wrong",
    "webhook",
    /denied.*403/,
    /doctor/,
  ],
  [
    "events that wait",
    { inbox: { waiting: 3, dead: 0, oldest: ago(11) }, lag: { ...well.lag, events: ago(12) } },
    "wrong",
    "inbox/waiting",
    /3 events wait; the oldest is of 2026-11-25 09:48 UTC, 12 min ago/,
    /inbox list/,
  ],
  [
    "dead letters",
    { inbox: { waiting: 0, dead: 1, oldest: null } },
    "waits",
    "inbox/dead",
    /1 event failed/,
    /--state dead/,
  ],
  [
    "a journal without room",
    { journal: { kept: 1_048_000, rotating: 0, limit: 1_048_576, refused: 2000 } },
    "wrong",
    "journal",
    /Nothing is deleted.*1\.0 of 1\.0 MiB/,
    /PAGERPORT_JOURNAL_LIMIT/,
  ],
  [
    "a limit that is nearly used up",
    { budgets: [{ host: "PagerDuty", part: null, limit: 960, remaining: 12, seenAt: ago(1) }] },
    "note",
    "budget/PagerDuty/",
    /12 of 960/,
    /PAGERPORT_RATE_BUDGET/,
  ],
  [
    "one run that broke off",
    { runs: { ...well.runs, last: [{ ...run, number: 13, outcome: "lost" }, run] } },
    "note",
    "runs/broken",
    /Run 13 \(full\) broke off/,
    /doctor/,
  ],
  [
    "runs that break off",
    {
      runs: {
        ...well.runs,
        last: [
          { ...run, number: 13, outcome: "failed" },
          { ...run, outcome: "failed" },
        ],
      },
    },
    "wrong",
    "runs/broken",
    /Run 13/,
    /doctor/,
  ],
  [
    "a run that is overdue",
    {
      runs: { ...well.runs, nextAt: ago(9), isOverdue: true },
      lag: { ...well.lag, runs: ago(69) },
    },
    "wrong",
    "runs/overdue",
    /due 9 min ago.*since 2026-11-25 08:51 UTC may be missing/,
    /pagerport sync/,
  ],
  [
    "no full run yet",
    { runs: { ...well.runs, lastFull: null } },
    "wrong",
    "runs/full",
    /No/,
    /sync/,
  ],
  [
    "a full run of long ago",
    { runs: { ...well.runs, lastFull: { ...run, endedAt: ago(3 * 1440) } } },
    "wrong",
    "runs/full",
    /3 days ago/,
    /sync/,
  ],
  [
    "drift",
    { check },
    "wrong",
    "check",
    /service 2 changed, 1 extra/,
    /verify, then pagerport sync/,
  ],
  [
    "a check that is missing",
    { server, check: { ...check, verdict: "in-step", at: ago(50 * 60) } },
    "note",
    "check",
    /2 days ago, every 24 h/,
    /verify/,
  ],
  [
    "a pause",
    { pause: { scope: "all", since: ago(30), until: null, by: "ann", reason: "moving" } },
    "waits",
    "pause",
    /nothing is written, for 30 min by ann, until somebody resumes: moving/,
    /pagerport resume/,
  ],
  [
    "a plan",
    { plans: [plan] },
    "waits",
    "plan/7",
    /Plan 7 waits for 10 h: may 12 of service be deleted\? 12 of 40/,
    /pagerport deletions show 7/,
  ],
  [
    "a guard stop",
    { withheld: [{ ...kept, brake: "control", isGuardStop: true }] },
    "waits",
    "kept/service/control",
    /3 of service are not deleted, and no approval helps: why/,
    /nothing.*doctor/,
  ],
  [
    "what is held back on no plan",
    { withheld: [{ ...kept, brake: "share", isGuardStop: false }] },
    "waits",
    "kept/service/share",
    /held back/,
    /sync --dry-run/,
  ],
  [
    "a mapping without a full run",
    {
      mapping: { origin: null, hash: "abc", since: at, deletions: "pending", blocked: [] },
    },
    "note",
    "mapping",
    /abc/,
    /sync/,
  ],
  [
    "a mapping that names otherwise",
    {
      mapping: { origin: null, hash: "abc", since: at, deletions: "withheld", blocked: ["team"] },
    },
    "waits",
    "mapping",
    /team is not written/,
    /dry-run/,
  ],
  ["Port's word", { from: "port" }, "note", "source", /Only Port's word/, /--url/],
])("judgeStatus() tells of %s", (_name, change, severity, about, what, todo) => {
  const findings = judgeStatus({ ...well, ...change });
  expect(findings).toEqual([
    { severity, about, what: expect.stringMatching(what), todo: expect.stringMatching(todo) },
  ] as unknown as typeof findings);
  expect(isAllWell(findings)).toBe(severity === "note");
});

test("judgeStatus() tells the worst first, a pause in place of waiting events, plans in place of what is kept", () => {
  const findings = judgeStatus({
    ...well,
    from: "store",
    check,
    plans: [1, 2, 3, 4, 5, 6, 7].map((id) => Object.assign({}, plan, { id })),
    withheld: [{ ...kept, brake: "share", isGuardStop: false }],
    inbox: { waiting: 9, dead: 0, oldest: ago(60) },
    pause: { scope: "all", since: ago(60), until: at, by: "ann", reason: null },
    budgets: [{ host: "Port", part: null, limit: 100, remaining: 1, seenAt: at }],
  });
  expect(findings.map(({ severity, about }) => `${severity} ${about}`)).toEqual([
    "wrong check",
    "waits pause",
    ...[1, 2, 3, 4, 5].map((id) => `waits plan/${id}`),
    "waits plans",
    "note budget/Port/",
  ]);
});

test("judgeStatus() only notes that a server is gone where runs have begun since, and not after a week", () => {
  const gone = { ...server, isAlive: false };
  const webhook = { state: "denied", reason: null, lastEvent: null };
  const replaced = judgeStatus({ ...well, webhook, server: { ...gone, seenAt: ago(100) } });
  expect(replaced).toMatchObject([{ severity: "note", about: "server", todo: "pagerport serve" }]);
  expect(isAllWell(replaced)).toBe(true);
  expect(judgeStatus({ ...well, server: { ...gone, seenAt: ago(20 * 1440) } })).toEqual([]);
});
