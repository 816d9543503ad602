import type { StatusReport } from "../server/status/status-report.ts";

/** A status in which nothing is known and nothing is wrong, for tests to begin with. */
export const emptyStatus: StatusReport = {
  from: "store",
  at: "2026-11-25T10:00:00.000Z",
  integration: "my-pagerduty-integration",
  store: { place: "/state/pagerport.sqlite", isPersistent: true },
  hosts: { account: null, portOrg: null, foreign: null },
  server: null,
  mapping: null,
  runs: {
    running: null,
    queued: null,
    lastFull: null,
    lastDelta: null,
    last: [],
    nextAt: null,
    isOverdue: false,
  },
  lag: { since: null, events: null, runs: null },
  webhook: null,
  inbox: { waiting: 0, dead: 0, oldest: null },
  journal: null,
  plans: [],
  withheld: [],
  pause: null,
  pausedHosts: null,
  budgets: [],
  check: null,
};
