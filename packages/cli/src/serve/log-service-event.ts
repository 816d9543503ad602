import {
  countDifferences,
  describeError,
  describeHosts,
  describeLetters,
  type JobOutcome,
  judgeSync,
  PausedError,
  type ServiceEvent,
} from "@pagerport/core";
import { formatCount, formatDuration } from "../ui/format.ts";
import type { Log } from "../ui/log.ts";

type Processed = Extract<ServiceEvent, { readonly type: "processed" }>;
type RunEnded = Extract<ServiceEvent, { readonly type: "run-ended" }>;

/** Tells of what the service does: one line for each event, and for the beginning and end of runs. */
export function logServiceEvent(log: Log, now: () => number): (event: ServiceEvent) => void {
  return (event) => {
    switch (event.type) {
      case "processed": {
        logProcessed(event, log, now());
        break;
      }
      case "queued": {
        const { runType, reason } = event;
        log.info("Resync asked for", { runType, reason });
        break;
      }
      case "run-started": {
        const { run, runType } = event;
        log.info("Resync began", { run, runType });
        break;
      }
      case "run-ended": {
        logRunEnded(event, log);
        break;
      }
      case "checked": {
        logChecked(event, log);
        break;
      }
      case "paused": {
        const { host, milliseconds, error } = event;
        const message = `${host} does not take requests; events wait for it and are kept`;
        log.error(message, { host, error, retryInMs: Math.round(milliseconds) });
        break;
      }
      case "resumed": {
        log.info(`${event.host} takes requests again`, { host: event.host });
        break;
      }
      case "pause-began":
      case "pause-ended": {
        logPause(event, log);
        break;
      }
      case "hosts": {
        const line = describeHosts(event.hosts);
        if (line !== "") log.info(line);
        for (const warning of event.hosts.warnings) log.warn(warning);
        break;
      }
      case "letters": {
        const level = event.expiring === undefined ? "info" : "warn";
        for (const line of describeLetters(event)) log[level](line);
        break;
      }
      case "trouble": {
        const { what, error } = event;
        log.error(`Trouble with ${what}; it is tried again`, { error: describeError(error) });
        break;
      }
      default:
    }
  };
}

/** What differs is for a person: no resync and no event has made it so. */
function logChecked(
  { check, milliseconds }: Extract<ServiceEvent, { readonly type: "checked" }>,
  log: Log,
): void {
  const sum = countDifferences(check);
  const compared = check.blueprints.reduce((all, one) => all + one.compared, 0);
  const fields = { ms: Math.round(milliseconds), compared, verdict: check.verdict };
  if (sum === 0) {
    log.info("Catalog checked: nothing differs from PagerDuty", fields);
    return;
  }
  const differing = check.blueprints.filter(
    ({ changed, missing, extra }) => changed + missing + extra > 0,
  );
  const named = differing.map(
    ({ blueprint, changed, missing, extra }) =>
      `${blueprint}: ${changed} changed, ${missing} missing, ${extra} extra`,
  );
  const message = `Catalog checked: ${formatCount(sum)} entities differ from PagerDuty; 'pagerport verify' names them`;
  log.warn(message, { ...fields, differing: named.join("; ") });
}

/** Who has stopped the writing to Port, and who had it go on. */
function logPause(event: PauseEvent, log: Log): void {
  const { scope, since, until, by, reason } = event.pause;
  const moments = {
    since: new Date(since).toISOString(),
    until: until === undefined ? undefined : new Date(until).toISOString(),
  };
  if (event.type === "pause-ended") {
    const who = event.by === undefined ? "its time has passed" : `by ${event.by}`;
    const fields = { scope, by: event.by, pausedBy: by, ...moments };
    log.info(`The pause has ended, ${who}: ${goesOn[scope]}`, fields);
    return;
  }
  log.warn(`Paused by ${by}: ${stops[scope]}`, { scope, by, reason, ...moments });
}

type PauseEvent = Extract<ServiceEvent, { readonly type: "pause-began" | "pause-ended" }>;
type PauseScope = PauseEvent["pause"]["scope"];

const stops: Readonly<Record<PauseScope, string>> = {
  all: "events are kept, and nothing is written to Port",
  deletions: "nothing is deleted in Port, nor made a stub",
};

const goesOn: Readonly<Record<PauseScope, string>> = {
  all: "events that waited are applied",
  deletions: "what is gone is deleted",
};

const outcomes: Readonly<Record<JobOutcome["outcome"], readonly [keyof Log, string]>> = {
  applied: ["info", "Event applied"],
  deleted: ["info", "Event applied: its object is deleted"],
  withheld: ["warn", "Event without effect: its object is gone, and its entities are held back"],
  ignored: ["info", "Event ignored: nothing in the mapping takes its object"],
  "not-visible": ["warn", "Event without effect: PagerDuty does not show its object"],
  failed: ["warn", "Event failed; it is tried again"],
  postponed: ["debug", "Event waits for a host"],
  dead: ["error", "Event is a dead letter: it failed too often"],
};

function logProcessed(processed: Processed, log: Log, now: number): void {
  const { key, milliseconds, events } = processed;
  const { outcome, error, retryIn } = {
    error: undefined,
    retryIn: undefined,
    ...processed.outcome,
  };
  const [level, message] = outcomes[outcome];
  const [kind = ""] = key.split("/", 1);
  logKept(processed, log);
  for (const { id, type, receivedAt } of events) {
    log[level](message, {
      event: id,
      type,
      kind,
      key,
      outcome,
      ms: Math.round(milliseconds),
      sinceReceivedMs: Math.max(0, Math.round(now - receivedAt)),
      retryInMs: retryIn === undefined ? undefined : Math.round(retryIn),
      error,
    });
  }
}

/** What of the object stays in Port though nothing makes it any more, and why. */
function logKept({ key, outcome }: Processed, log: Log): void {
  const { kept, stubbed, withheld, left, lacking, isFalseDeletion } = {
    ...nothingKept,
    ...outcome,
  };
  if (isFalseDeletion === true) {
    log.warn("False deletion: an event calls it deleted, and PagerDuty still shows it", { key });
  }
  if (kept !== undefined) {
    log.warn("Not deleted: others relate to it", { key, ...nameEntities(kept) });
  }
  if (stubbed !== undefined) {
    log.info("Gone, and kept as deleted: incidents name it", { key, ...nameEntities(stubbed) });
  }
  for (const sentence of lacking ?? []) log.warn(`Left as it is in Port: ${sentence}`, { key });
  for (const sentence of left ?? []) log.warn(`Left to its owner: ${sentence}`, { key });
  for (const { brake, reason, entities } of withheld ?? []) {
    log.warn(`Not deleted: ${reason}`, { key, brake, ...nameEntities(entities) });
  }
}

/** Not every outcome tells of what stays. */
const nothingKept = {
  kept: undefined,
  stubbed: undefined,
  withheld: undefined,
  left: undefined,
  lacking: undefined,
  isFalseDeletion: undefined,
};

function nameEntities(entities: readonly EntityName[]): {
  readonly entities: string;
  readonly count: number;
} {
  const names = entities.map(({ blueprint, identifier }) => `${blueprint}/${identifier}`);
  return { entities: nameSome(names), count: names.length };
}

function nameSome(names: readonly string[]): string {
  return names.slice(0, mostSentences).join(", ");
}

interface EntityName {
  readonly blueprint: string;
  readonly identifier: string;
}

/** Sentences of a report that are told one by one. */
const mostSentences = 20;

function logRunEnded({ run, runType, report, error, milliseconds }: RunEnded, log: Log): void {
  const fields = { run, runType, ms: Math.round(milliseconds) };
  if (error instanceof PausedError) {
    log.warn("Resync broke off: it is asked for again", { ...fields, error: describeError(error) });
    return;
  }
  if (report === undefined) {
    log.error("Resync broke off", { ...fields, error: describeError(error) });
    return;
  }
  for (const sentence of report.unfinished.slice(0, mostSentences)) {
    log.warn(`Not done: ${sentence}`, { run });
  }
  for (const notice of report.notices.slice(0, mostSentences)) log.info(`Note: ${notice}`, { run });
  for (const { blueprint, reason, entities, identifiers } of report.waiting.slice(
    0,
    mostSentences,
  )) {
    const named = { blueprint, count: entities, entities: nameSome(identifiers) };
    log.info(`Not settled: ${reason}`, { run, ...named });
  }
  const written = { created: 0, updated: 0, unchanged: 0, deleted: 0, refused: 0 };
  const sum = { ...written, stubbed: 0, waiting: 0, withheld: 0 };
  for (const one of report.blueprints) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += one[name];
  }
  const verdict = judgeSync(report);
  const message = `Resync ended after ${formatDuration(milliseconds)}: ${formatCount(sum.created + sum.updated)} entities written`;
  log[verdict === "done" ? "info" : "warn"](message, { ...fields, outcome: verdict, ...sum });
}
