import type { LoggerService } from "@backstage/backend-plugin-api";
import {
  countDifferences,
  describeClaimLost,
  describeError,
  describeHosts,
  describeLetters,
  describePause,
  type EventListener,
  type JobOutcome,
  PausedError,
  type ServiceEvent,
  type SyncReport,
  type WebhookReceipt,
} from "@pagerport/core";

/** What the plugin logs: lines for a person, none of which holds a secret or a payload. */
export interface EventLog {
  readonly onEvent: EventListener;
  readonly onServiceEvent: (event: ServiceEvent) => void;
  readonly onReceipt: (receipt: WebhookReceipt) => void;
}

/** Makes lines of what goes on. */
export function createEventLog(logger: LoggerService): EventLog {
  return {
    onEvent(event) {
      // One for each field of each object that a mapping does not fit: the run's end counts them.
      if (event.type === "problem") logger.debug(event.message);
      if (event.type === "notice") logger.info(event.message);
      if (event.type === "waiting" && event.headers !== undefined) {
        const seconds = Math.ceil(event.milliseconds / 1000);
        logger.warn(`Requests to ${event.host} wait ${seconds} s, as it says "${event.headers}"`);
      }
      if (event.type === "claim-lost") logger.warn(describeClaimLost(event));
      if (event.type === "retry") logger.debug(`${event.host} is asked again: ${event.reason}`);
    },
    onServiceEvent(event) {
      const { level, line } = describeServiceEvent(event);
      logger[level](line);
    },
    onReceipt({ status, outcome, reason, eventId, eventType, milliseconds }) {
      const event = eventId === undefined ? "A webhook" : `Event ${eventId} (${eventType})`;
      const why = reason === undefined ? "" : `: ${reason}`;
      const line = `${event} was answered ${status} ${outcome} in ${milliseconds} ms${why}`;
      if (outcome === "dead" || outcome === "unavailable") logger.warn(line);
      else logger.debug(line);
    },
  };
}

interface Line {
  readonly level: "info" | "warn" | "error";
  readonly line: string;
}

function describeServiceEvent(event: ServiceEvent): Line {
  switch (event.type) {
    case "processed":
      return describeProcessed(event);
    case "queued":
      return { level: "info", line: `A ${event.runType} run is wanted: ${event.reason}` };
    case "run-started":
      return { level: "info", line: `Run ${event.run} (${event.runType}) has begun` };
    case "run-ended":
      return describeEnd(event);
    case "checked": {
      const differences = countDifferences(event.check);
      if (differences === 0) return { level: "info", line: "Checked: Port has what PagerDuty has" };
      const line = `Checked: ${differences} entities in Port differ from PagerDuty`;
      return { level: "warn", line };
    }
    case "paused": {
      const { host, milliseconds, error } = event;
      return { level: "warn", line: `${host} is left alone for ${milliseconds} ms: ${error}` };
    }
    case "resumed":
      return { level: "info", line: `${event.host} answers again` };
    case "pause-began":
      return { level: "warn", line: describePause(event.pause) };
    case "pause-ended": {
      const { scope, by } = event.pause;
      const what = scope === "all" ? "Writing to Port" : "Deleting in Port";
      const who = event.by === undefined ? "its time has passed" : `ended by ${event.by}`;
      return { level: "info", line: `${what} goes on: the pause of ${by} is over, ${who}` };
    }
    case "hosts": {
      const { warnings } = event.hosts;
      const line = [describeHosts(event.hosts), ...warnings].filter(Boolean).join(". ");
      return { level: warnings.length > 0 ? "warn" : "info", line };
    }
    case "letters": {
      const level = event.expiring === undefined ? "info" : "warn";
      return { level, line: describeLetters(event).join("; ") };
    }
    case "trouble":
      return { level: "error", line: `Trouble with ${event.what}: ${describeError(event.error)}` };
  }
}

function describeProcessed({
  key,
  events,
  outcome,
  milliseconds,
}: Extract<ServiceEvent, { type: "processed" }>): Line {
  const types = [...new Set(events.map(({ type }) => type))].join(", ");
  const line = `${key} (${types}): ${outcome.outcome} in ${milliseconds} ms`;
  const stays = describeStaying(outcome);
  if (stays.length > 0) return { level: "warn", line: [line, ...stays].join("; ") };
  if (!("error" in outcome)) return { level: "info", line };
  const again = outcome.outcome === "dead" ? "" : `; again in ${outcome.retryIn} ms`;
  return { level: "warn", line: `${line}: ${outcome.error}${again}` };
}

/** What of the object stays in Port though nothing makes it any more, and why. */
function describeStaying(outcome: JobOutcome): string[] {
  const { kept, stubbed, withheld, left, lacking, isFalseDeletion } = {
    ...nothingStays,
    ...outcome,
  };
  return [
    ...(isFalseDeletion === true
      ? ["a false deletion: an event calls it deleted, and PagerDuty still shows it"]
      : []),
    ...(kept === undefined
      ? []
      : [`${kept.length} entities stay, as others relate to them: ${nameSome(kept)}`]),
    ...(stubbed === undefined
      ? []
      : [
          `${stubbed.length} entities stay as deleted, as incidents name them: ${nameSome(stubbed)}`,
        ]),
    ...(left ?? []),
    ...(lacking ?? []).map((sentence) => `left as it is in Port: ${sentence}`),
    ...(withheld ?? []).map(
      ({ reason, entities }) =>
        `${entities.length} entities are not deleted: ${reason}: ${nameSome(entities)}`,
    ),
  ];
}

/** Not every outcome tells of what stays. */
const nothingStays = {
  kept: undefined,
  stubbed: undefined,
  withheld: undefined,
  left: undefined,
  lacking: undefined,
  isFalseDeletion: undefined,
};

/** Entities that a line names. */
const mostNamed = 5;

function nameSome(
  entities: readonly { readonly blueprint: string; readonly identifier: string }[],
): string {
  const names = entities.map(({ blueprint, identifier }) => `${blueprint}/${identifier}`);
  return names.slice(0, mostNamed).join(", ");
}

function describeEnd(event: Extract<ServiceEvent, { type: "run-ended" }>): Line {
  const { run, runType, report, error, milliseconds } = event;
  const name = `Run ${run} (${runType})`;
  const took = `${(milliseconds / 1000).toFixed(1)} s`;
  if (report === undefined) {
    const level = error instanceof PausedError ? "warn" : "error";
    return { level, line: `${name} broke off after ${took}: ${describeError(error)}` };
  }
  const written = `${name} took ${took}: ${countEntities(report)}${describeWaiting(report)}`;
  if (report.unfinished.length === 0) return { level: "info", line: written };
  return { level: "warn", line: `${written}. Left undone: ${report.unfinished.join("; ")}` };
}

const countNames = [
  "created",
  "updated",
  "deleted",
  "stubbed",
  "unchanged",
  "waiting",
  "withheld",
  "refused",
] as const;

/** What is not settled is no fault: the next runs look again. */
function describeWaiting({ waiting }: SyncReport): string {
  const [first] = waiting;
  if (first === undefined) return "";
  const { blueprint, reason, identifiers } = first;
  return `. Not settled, such as ${identifiers[0]} of ${blueprint}: ${reason}`;
}

function countEntities({ blueprints, resources }: SyncReport): string {
  const counts = countNames.map(
    (name) => [name, blueprints.reduce((sum, one) => sum + one[name], 0)] as const,
  );
  const said = counts.filter(([name, count]) => count > 0 || name === "created");
  const problems = resources.reduce((sum, one) => sum + one.problems, 0);
  const more = problems === 0 ? "" : `; ${problems} fields could not be mapped`;
  return `${said.map(([name, count]) => `${count} ${name}`).join(", ")}${more}`;
}
