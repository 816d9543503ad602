import { formatMebibytes } from "../../../retention.ts";
import { describeAge, describeMoment } from "../describe-age.ts";
import type { Finding } from "../finding.ts";
import type { StatusReport, StatusWebhook } from "../status-report.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
/** Milliseconds that an event may wait, as the alert has it. */
const longestWait = 10 * minute;
/** A server that was last seen longer ago was given up, and is missed by nobody. */
const missedFor = 7 * day;
/** The share of a rate limit below which little is left. */
const littleLeft = 0.1;
/** A rate limit that was told longer ago has begun anew. */
const budgetLasts = 2 * minute;

/** What keeps changes from Port: hosts, credentials, server, store, webhook. */
export function findTroubles(report: StatusReport): Finding[] {
  return [
    ...findForeign(report),
    ...findPausedHosts(report),
    ...findServer(report),
    ...findStore(report),
    ...findWebhook(report),
    ...findWaiting(report),
    ...findFullJournal(report),
    ...findBudgets(report),
    ...findBlindness(report),
  ];
}

function findForeign({ hosts: { foreign } }: StatusReport): Finding[] {
  if (foreign === null) return [];
  const what = `Nothing is applied, events are kept: ${foreign}`;
  return [{ severity: "wrong", about: "hosts", what, todo: "pagerport doctor" }];
}

function findPausedHosts({ pausedHosts, at }: StatusReport): Finding[] {
  return (pausedHosts ?? []).map(({ host, since, error }) => ({
    severity: "wrong",
    about: `host/${host}`,
    what: `${host} has not taken requests for ${describeAge(since, at)}; events are kept: ${error}`,
    todo: "pagerport doctor",
  }));
}

function findServer({ from, server, runs, at }: StatusReport): Finding[] {
  if (from !== "store" || server === null || server.isAlive) return [];
  if (Date.parse(at) - Date.parse(server.seenAt) > missedFor) return [];
  const what = `No server has been at work for ${describeAge(server.seenAt, at)} (the last was ${server.owner})`;
  // A pipeline may have taken over; or somebody typed it once.
  const isReplaced = runs.last.some(({ startedAt }) => startedAt > server.seenAt);
  const severity = isReplaced ? "note" : "wrong";
  return [{ severity, about: "server", what, todo: "pagerport serve" }];
}

function findStore({ store }: StatusReport): Finding[] {
  if (store === null || store.isPersistent) return [];
  const what = `The store (${store.place}) ends with the process`;
  const todo = "set PAGERPORT_STATE_DIR to a volume, or PAGERPORT_DATABASE_URL";
  return [{ severity: "wrong", about: "store", what, todo }];
}

/** By the states of the webhook that are not well. */
const webhookTodo: Readonly<Record<string, string>> = {
  "no-url": "set PAGERPORT_BASE_URL and start the server again",
  denied: "pagerport doctor",
  refused: "pagerport webhook list",
  failed: "pagerport doctor",
};

function findWebhook({ webhook, server }: StatusReport): Finding[] {
  const todo = isKnown(webhook, server) ? webhookTodo[webhook.state ?? ""] : undefined;
  if (webhook === null || todo === undefined) return [];
  const reason = webhook.reason === null ? "" : `: ${webhook.reason}`;
  const what = `PagerDuty sends no webhooks (${webhook.state}), resyncs go on${reason}`;
  return [{ severity: "wrong", about: "webhook", what, todo }];
}

/** What a server that is gone said of it is not said any more. */
function isKnown(
  webhook: StatusWebhook | null,
  server: StatusReport["server"],
): webhook is StatusWebhook {
  return webhook !== null && server?.isAlive === true;
}

function findWaiting({ inbox, lag, pause, at }: StatusReport): Finding[] {
  if (inbox === null) return [];
  const findings: Finding[] = [];
  const { waiting, dead, oldest } = inbox;
  const isLate = oldest !== null && Date.parse(at) - Date.parse(oldest) > longestWait;
  if (isLate && pause?.scope !== "all") {
    const since = lag.events ?? oldest;
    const what = `${count(waiting, "event")} ${waiting === 1 ? "waits" : "wait"}; the oldest is of ${describeMoment(since)}, ${describeAge(since, at)} ago`;
    const todo = "pagerport inbox list --state waiting";
    findings.push({ severity: "wrong", about: "inbox/waiting", what, todo });
  }
  if (dead > 0) {
    const what = `${count(dead, "event")} failed for good: a person has to look`;
    const todo = "pagerport inbox list --state dead";
    findings.push({ severity: "waits", about: "inbox/dead", what, todo });
  }
  return findings;
}

function findFullJournal({ journal }: StatusReport): Finding[] {
  if (journal === null || journal.refused === 0) return [];
  const { kept, rotating, limit } = journal;
  const taken = `${formatMebibytes(kept + rotating)} of ${formatMebibytes(limit)} MiB are taken`;
  const what = `Nothing is deleted, as what goes could not be put back: the journal of deletions has no room (${taken})`;
  const todo = "raise PAGERPORT_JOURNAL_LIMIT, or lower PAGERPORT_KEEP_DAYS";
  return [{ severity: "wrong", about: "journal", what, todo }];
}

function findBudgets({ budgets, at }: StatusReport): Finding[] {
  return budgets
    .filter(({ limit, remaining, seenAt }) => {
      const isFresh = Date.parse(at) - Date.parse(seenAt) < budgetLasts;
      return isFresh && limit > 0 && remaining / limit < littleLeft;
    })
    .map(({ host, part, limit, remaining }) => ({
      severity: "note",
      about: `budget/${host}/${part ?? ""}`,
      what: `${host}'s rate limit${part === null ? "" : ` of ${part}`} is nearly used up: ${Math.max(0, remaining)} of ${limit} left`,
      todo: "nothing; if it lasts, see who else uses the key, or lower PAGERPORT_RATE_BUDGET",
    }));
}

function findBlindness({ from }: StatusReport): Finding[] {
  if (from !== "port") return [];
  const what =
    "Only Port's word is known: no store of this integration is here, and no server was asked";
  const todo = "pagerport status --url https://…, or with the server's settings";
  return [{ severity: "note", about: "source", what, todo }];
}

function count(number: number, singular: string): string {
  return `${number.toLocaleString("en-US")} ${singular}${number === 1 ? "" : "s"}`;
}
