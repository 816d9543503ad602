import { describeError, type JobOutcome, judgeSync, type ServiceEvent } from "@pagerport/core";
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
      case "trouble": {
        const { what, error } = event;
        log.error(`Trouble with ${what}; it is tried again`, { error: describeError(error) });
        break;
      }
      default:
    }
  };
}

const outcomes: Readonly<Record<JobOutcome["outcome"], readonly [keyof Log, string]>> = {
  applied: ["info", "Event applied"],
  deleted: ["info", "Event applied: its object is deleted"],
  ignored: ["info", "Event ignored: nothing in the mapping takes its object"],
  "not-visible": ["warn", "Event without effect: PagerDuty does not show its object"],
  failed: ["warn", "Event failed; it is tried again"],
  postponed: ["debug", "Event waits for a host"],
  dead: ["error", "Event is a dead letter: it failed too often"],
};

function logProcessed(processed: Processed, log: Log, now: number): void {
  const { key, milliseconds, events } = processed;
  const { outcome, error, retryIn, kept } = {
    error: undefined,
    retryIn: undefined,
    kept: undefined,
    ...processed.outcome,
  };
  const [level, message] = outcomes[outcome];
  const [kind = ""] = key.split("/", 1);
  if (kept !== undefined) {
    const names = kept.map(({ blueprint, identifier }) => `${blueprint}/${identifier}`);
    const entities = names.slice(0, mostSentences).join(", ");
    log.warn("Not deleted: others relate to it", { key, entities, count: names.length });
  }
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

/** Sentences of a report that are told one by one. */
const mostSentences = 20;

function logRunEnded({ run, runType, report, error, milliseconds }: RunEnded, log: Log): void {
  const fields = { run, runType, ms: Math.round(milliseconds) };
  if (report === undefined) {
    log.error("Resync broke off", { ...fields, error: describeError(error) });
    return;
  }
  for (const sentence of report.unfinished.slice(0, mostSentences)) {
    log.warn(`Not done: ${sentence}`, { run });
  }
  for (const notice of report.notices.slice(0, mostSentences)) log.info(`Note: ${notice}`, { run });
  const sum = { created: 0, updated: 0, unchanged: 0, deleted: 0, refused: 0, withheld: 0 };
  for (const one of report.blueprints) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += one[name];
  }
  const verdict = judgeSync(report);
  const message = `Resync ended after ${formatDuration(milliseconds)}: ${formatCount(sum.created + sum.updated)} entities written`;
  log[verdict === "done" ? "info" : "warn"](message, { ...fields, outcome: verdict, ...sum });
}
