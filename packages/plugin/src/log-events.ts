import type { LoggerService } from "@backstage/backend-plugin-api";
import {
  describeError,
  type EventListener,
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
    case "paused": {
      const { host, milliseconds, error } = event;
      return { level: "warn", line: `${host} is left alone for ${milliseconds} ms: ${error}` };
    }
    case "resumed":
      return { level: "info", line: `${event.host} answers again` };
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
  if ("kept" in outcome && outcome.kept !== undefined) {
    const names = outcome.kept.map(({ blueprint, identifier }) => `${blueprint}/${identifier}`);
    const stays = `${names.length} entities stay, as others relate to them: ${names.slice(0, 5).join(", ")}`;
    return { level: "warn", line: `${line}; ${stays}` };
  }
  if (!("error" in outcome)) return { level: "info", line };
  const again = outcome.outcome === "dead" ? "" : `; again in ${outcome.retryIn} ms`;
  return { level: "warn", line: `${line}: ${outcome.error}${again}` };
}

function describeEnd(event: Extract<ServiceEvent, { type: "run-ended" }>): Line {
  const { run, runType, report, error, milliseconds } = event;
  const name = `Run ${run} (${runType})`;
  const took = `${(milliseconds / 1000).toFixed(1)} s`;
  if (report === undefined) {
    return { level: "error", line: `${name} broke off after ${took}: ${describeError(error)}` };
  }
  const written = `${name} took ${took}: ${countEntities(report)}`;
  if (report.unfinished.length === 0) return { level: "info", line: written };
  return { level: "warn", line: `${written}. Left undone: ${report.unfinished.join("; ")}` };
}

function countEntities({ blueprints, resources }: SyncReport): string {
  const counts = (["created", "updated", "deleted", "unchanged", "refused"] as const).map(
    (name) => [name, blueprints.reduce((sum, one) => sum + one[name], 0)] as const,
  );
  const said = counts.filter(([name, count]) => count > 0 || name === "created");
  const problems = resources.reduce((sum, one) => sum + one.problems, 0);
  const more = problems === 0 ? "" : `; ${problems} fields could not be mapped`;
  return `${said.map(([name, count]) => `${count} ${name}`).join(", ")}${more}`;
}
