import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  createReadOnlyPagerDuty,
  createReadOnlyPort,
  createShadowService,
  describeError,
  describeShadowReport,
  listShadowLines,
  type ServiceEvent,
  type ShadowReport,
  type ShadowService,
  type StoreSettings,
  summariseShadowReport,
  type SyncServiceOptions,
} from "@pagerport/core";
import type { Output } from "../context.ts";
import type { OpenedRun } from "../open-run.ts";
import type { Log } from "../ui/log.ts";
import { logServiceEvent } from "./log-service-event.ts";

/** Differences that the log tells one by one each hour; the NDJSON has all. */
const mostLogged = 20;

export interface ShadowOutputs {
  readonly log: Log;
  readonly stdout: Output;
  readonly store: StoreSettings;
  /** Whether the store outlives the process: only then is there a folder to write to. */
  readonly isPersistent: boolean;
}

/** The same hosts, to which nothing that changes anything is sent. */
export function onlyRead(opened: OpenedRun): OpenedRun {
  const pagerDuty = createReadOnlyPagerDuty(opened.pagerDuty);
  const { subscriptions } = opened;
  return {
    ...opened,
    pagerDuty,
    port: createReadOnlyPort(opened.port),
    // A key of its own may manage subscriptions; the one that reads may not, whatever its rights are.
    subscriptions: subscriptions === opened.pagerDuty ? pagerDuty : subscriptions,
  };
}

/** Makes what makes a shadow of the options of a server, which reports to log, file and stdout. */
export function createShadowOf(
  outputs: ShadowOutputs,
): (options: SyncServiceOptions) => ShadowService {
  const { log, stdout } = outputs;
  return (options) =>
    createShadowService({
      ...options,
      onLook: ({ type, milliseconds }) =>
        log.info("Shadow: a reading was compared with Port", {
          type,
          ms: Math.round(milliseconds),
        }),
      onReport(report, isLast) {
        tellReport(report, log);
        keepLines(report, outputs);
        if (isLast) stdout.write(`${describeShadowReport(report).join("\n")}\n`);
      },
    });
}

/** Tells of what a shadow does: that events are looked at is of no interest to whoever reads the log. */
export function logShadowEvent(log: Log, now: () => number): (event: ServiceEvent) => void {
  const logOther = logServiceEvent(log, now);
  return (event) => {
    if (event.type !== "processed") {
      logOther(event);
      return;
    }
    const { key, outcome } = event;
    log.debug("Event looked at", { key, outcome: outcome.outcome });
  };
}

function tellReport(report: ShadowReport, log: Log): void {
  log.info(summariseShadowReport(report));
  for (const { blueprint, place, now, ended, example } of report.toLookAt.slice(0, mostLogged)) {
    const { identifier, port, pagerport } = example;
    const values = port === "" && pagerport === "" ? {} : { port, pagerport };
    const fields = { blueprint, field: place, now, ended, example: identifier, ...values };
    log.warn("Shadow: differs, and nothing explains it", fields);
  }
}

/** In a file of the state folder; in the log where there is none, or it cannot be written. */
function keepLines(report: ShadowReport, { log, store, isPersistent }: ShadowOutputs): void {
  const lines = listShadowLines(report).map((line) => JSON.stringify(line));
  if (store.databaseUrl === undefined && isPersistent) {
    const start = new Date(report.startedAt).toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
    const path = join(store.stateDir, `shadow-${start}.ndjson`);
    try {
      mkdirSync(store.stateDir, { recursive: true, mode: 0o700 });
      appendFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
      log.info("Shadow: the report in full", { path });
      return;
    } catch (error) {
      log.warn("Shadow: the report could not be written to a file", {
        path,
        error: describeError(error),
      });
    }
  }
  for (const line of lines) log.info("Shadow: line of the report", { line });
}
