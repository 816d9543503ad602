import { describeAge, describeMoment, type StatusReport, type StatusRun } from "@pagerport/core";
import { formatCount } from "../ui/format.ts";

/** A line of a status: what it is about, and how that is. */
export type Fact = readonly [label: string, text: string];

const unknown = "not known";

/** All that a status tells, in the order in which a person asks. */
export function listFacts(report: StatusReport): Fact[] {
  if (report.from === "port") return listPortFacts(report);
  return [
    ["mapping", describeMapping(report)],
    ["full run", describeRun(report.runs.lastFull, report)],
    ["delta", describeRun(report.runs.lastDelta, report)],
    ["next", describeNext(report)],
    ["lag", describeLag(report)],
    ["webhook", describeWebhook(report)],
    ["inbox", describeInbox(report)],
    ["plans", describePlans(report)],
    ["guards", describeGuards(report)],
    ["paused", describePause(report)],
    ["hosts", describeHosts(report)],
    ["limits", describeLimits(report)],
    ["check", describeCheck(report)],
    ["server", describeServer(report)],
  ];
}

function listPortFacts(report: StatusReport): Fact[] {
  const [last] = report.runs.last;
  return [
    ["last run", describeRun(last ?? null, report)],
    ["next", describeNext(report)],
  ];
}

function describeMapping({ mapping }: StatusReport): string {
  if (mapping === null) return unknown;
  const { origin, hash, since, deletions, blocked } = mapping;
  const went = {
    through: "its deletions went through",
    withheld: "its deletions wait for a person",
    pending: "no full run has gone by it yet",
    unknown: "of its deletions nothing is known",
  }[deletions];
  const stopped = blocked.length === 0 ? "" : `; not written: ${blocked.join(", ")}`;
  return `${origin ?? "a mapping"}, ${hash}, since ${describeMoment(since)}; ${went}${stopped}`;
}

function describeRun(run: StatusRun | null, { at }: StatusReport): string {
  if (run === null) return "none yet";
  const { number, endedAt, outcome } = run;
  const name = number === null ? "" : `run ${number}, `;
  return `${name}${outcome}, ended ${describeAge(endedAt, at)} ago (${describeMoment(endedAt)})`;
}

function describeNext({ runs, at, server }: StatusReport): string {
  const { running, queued, nextAt, isOverdue } = runs;
  const parts: string[] = [];
  if (running !== null) {
    parts.push(`one has been running for ${describeAge(running.since, at)} (${running.owner})`);
  }
  if (queued !== null) parts.push(`a ${queued} one as soon as none runs`);
  if (nextAt !== null && isOverdue) parts.push(`was due ${describeAge(nextAt, at)} ago`);
  else if (nextAt !== null && nextAt <= at) parts.push("due now");
  else if (nextAt !== null) parts.push(`in ${describeAge(at, nextAt)}`);
  if (parts.length > 0) return parts.join("; ");
  return server === null ? "no schedule is known" : "by no schedule of the server's";
}

function describeLag({ lag, at }: StatusReport): string {
  const { since, events, runs } = lag;
  if (since === null) return "none";
  const why = [
    ...(events === null ? [] : ["events wait"]),
    ...(runs === null ? [] : ["a resync is overdue"]),
  ];
  return `${describeAge(since, at)}: ${why.join(", ")} (since ${describeMoment(since)})`;
}

function describeWebhook({ webhook, at }: StatusReport): string {
  if (webhook === null) return unknown;
  const { state, lastEvent } = webhook;
  const last =
    lastEvent === null ? "no event has come yet" : `last event ${describeAge(lastEvent, at)} ago`;
  return state === null ? last : `${state}, ${last}`;
}

function describeInbox({ inbox, at }: StatusReport): string {
  if (inbox === null) return unknown;
  const { waiting, dead, oldest } = inbox;
  const age = oldest === null ? "" : `, the oldest for ${describeAge(oldest, at)}`;
  const letters = dead === 1 ? "dead letter" : "dead letters";
  return `${formatCount(waiting)} wait${age}; ${formatCount(dead)} ${letters}`;
}

function describePlans({ plans }: StatusReport): string {
  if (plans.length === 0) return "none";
  const ids = plans.slice(0, 10).map(({ id }) => String(id));
  const more = plans.length > ids.length ? " …" : "";
  return `${formatCount(plans.length)} to decide: ${ids.join(", ")}${more}`;
}

function describeGuards({ withheld }: StatusReport): string {
  const stops = withheld.filter(({ isGuardStop }) => isGuardStop);
  if (stops.length === 0) return "none";
  return stops
    .map(({ blueprint, brake, entities }) => `${formatCount(entities)} of ${blueprint} (${brake})`)
    .join(", ");
}

function describePause({ pause, at }: StatusReport): string {
  if (pause === null) return "no";
  const { scope, since, until, by } = pause;
  const end = until === null ? "" : `, until ${describeMoment(until)}`;
  const what = scope === "all" ? "everything" : "deletions";
  return `${what}, for ${describeAge(since, at)}, by ${by}${end}`;
}

function describeHosts({ pausedHosts, at }: StatusReport): string {
  if (pausedHosts === null) return "not known without a server at work";
  if (pausedHosts.length === 0) return "PagerDuty and Port take requests";
  return pausedHosts
    .map(({ host, since }) => `${host} has not taken requests for ${describeAge(since, at)}`)
    .join(", ");
}

function describeLimits({ budgets, at }: StatusReport): string {
  if (budgets.length === 0) return unknown;
  return budgets
    .map(({ host, part, limit, remaining, seenAt }) => {
      const name = part === null ? host : `${host} ${part}`;
      const left = `${formatCount(Math.max(0, remaining))} of ${formatCount(limit)} left`;
      return `${name} ${left} (${describeAge(seenAt, at)} ago)`;
    })
    .join(", ");
}

function describeCheck({ check, at, server }: StatusReport): string {
  if (check === null) return server?.verifyHours === 0 ? "none is wanted" : "none yet";
  const { blueprints, sample, verdict } = check;
  const compared = blueprints.reduce((sum, one) => sum + one.compared, 0);
  const differing = blueprints.reduce(
    (sum, { changed, missing, extra }) => sum + changed + missing + extra,
    0,
  );
  const of = sample === null ? "all" : `${formatCount(sample)} a blueprint`;
  const found = {
    "in-step": "nothing differs",
    drifted: `${formatCount(differing)} differ`,
    unfinished: "nothing differs of what could be compared",
  }[verdict];
  return `${describeAge(check.at, at)} ago, ${of}, ${formatCount(compared)} compared: ${found}`;
}

function describeServer({ server, at }: StatusReport): string {
  if (server === null) return "none has used this store";
  return `${server.owner}, seen ${describeAge(server.seenAt, at)} ago`;
}
