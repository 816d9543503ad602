import {
  asWriter,
  type Clock,
  ConfigError,
  describeError,
  ForeignHostError,
  guardPort,
  HttpError,
  MappingError,
  PagerportError,
  PausedError,
  type PauseGate,
  readIntegration,
  type SyncService,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import type { OpenedRun } from "../open-run.ts";
import { preparePort } from "../prepare-port.ts";
import { nameProcess } from "../run-lock.ts";
import { createLogOutput, type Log } from "../ui/log.ts";
import type { MappingReader } from "./read-mapping.ts";

/** Milliseconds before Port is asked again: twice as long each time, up to … */
const firstPause = 1000;
/** … this, which is also how long something waits that only a person can mend. */
const longestPause = 60_000;

export interface PrepareServerOptions {
  readonly opened: OpenedRun;
  readonly mapping: MappingReader;
  readonly service: Pick<SyncService, "checkHosts">;
  /** Whether writing to Port is paused. */
  readonly pauses: PauseGate;
  /** Whether nothing is written: then Port is left as it is. */
  readonly isShadow: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told when it has not succeeded, and is going to try again. */
  readonly onSetback: () => void;
}

/**
 * Makes Port ready, however long Port does not answer, refuses the credentials, is another organisation's or
 * holds a mapping with mistakes: those can be mended while events are received and kept.
 *
 * @throws {ConfigError} when something else stands in the way
 */
export async function prepareServer(
  options: PrepareServerOptions,
  context: CliContext,
): Promise<void> {
  const { clock, log, signal } = options;
  let pause = firstPause;
  let told = "";
  for (;;) {
    try {
      await prepareOnce(options, context);
      if (told !== "") log.info("Port is ready");
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PagerportError) || isOfSettings(error)) throw error;
      const message = describeError(error);
      // Whoever pauses knows when it ends; a look costs next to nothing.
      if (error instanceof PausedError) pause = firstPause;
      pause = isForPerson(error) ? longestPause : pause;
      const fields = { error: message, retryInMs: pause };
      // The same over and over is for whoever looks closely.
      log[message === told ? "debug" : "error"]("Not ready: events are received and kept", fields);
      told = message;
      options.onSetback();
      await clock.sleep(pause, signal);
      pause = Math.min(pause * 2, longestPause);
    }
  }
}

async function prepareOnce(options: PrepareServerOptions, context: CliContext): Promise<void> {
  const { opened, mapping: reader, service, pauses, isShadow, clock, log, signal } = options;
  const { port, integrationIdentifier } = opened;
  const integration = await readIntegration(port, { integrationIdentifier, signal });
  const { mapping, name, from } = await reader.choose(integration);
  if (mapping === undefined) {
    log.warn(`${name} has no resources: nothing is read, and nothing deleted, until it has`);
    return;
  }
  await service.checkHosts(mapping, signal);
  log.info(`The mapping is ${name}`, { resources: mapping.resources.length });
  if (isShadow) {
    if (integration === undefined) log.warn(describeNoWriter(integrationIdentifier));
    return;
  }
  const told = { ...context, stderr: createLogOutput(log.info), signal };
  if (integration?.arePortResourcesInitialized === true) return;
  const guarded = { ...opened, port: guardPort(port, pauses, "write") };
  const { sql } = opened.store;
  await asWriter({ sql, clock, owner: nameProcess() }, () =>
    preparePort(guarded, { mapping, name, from, integration }, { dryRun: false }, told),
  );
}

function describeNoWriter(identifier: string): string {
  return `Port has no integration '${identifier}': a shadow stands beside one, and PAGERPORT_INTEGRATION_IDENTIFIER is to be its identifier`;
}

/** What a person may mend while events are kept: a mapping that is in Port, and the credentials. */
function isMendable(error: PagerportError): boolean {
  return error instanceof MappingError || error instanceof ForeignHostError;
}

function isOfSettings(error: PagerportError): boolean {
  return error instanceof ConfigError && !isMendable(error);
}

function isForPerson(error: PagerportError): boolean {
  return isMendable(error) || (error instanceof HttpError && error.status < 500);
}
