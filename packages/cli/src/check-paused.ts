import {
  asWriter,
  createPauseGate,
  describePause,
  guardPort,
  PausedError,
  type PortClient,
  readPause,
  type Sql,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";
import { nameProcess } from "./run-lock.ts";

/**
 * Looks whether writing to Port is paused, for a command that is about to write.
 *
 * @param tryInstead what may be done all the same
 * @throws {PausedError} where it is
 */
export async function checkPaused(sql: Sql, tryInstead?: string): Promise<void> {
  const pause = await readPause(sql);
  if (pause?.scope === "all") throw new PausedError(pause, tryInstead);
}

/** Says on stderr that something is paused, for a command that only looks. */
export async function tellPaused(sql: Sql, { stderr }: Pick<CliContext, "stderr">): Promise<void> {
  const pause = await readPause(sql);
  if (pause === undefined) return;
  stderr.write(`${describePause(pause)}: what follows is what would be done without that.\n`);
}

/**
 * Does what writes to Port without being a run: not where the store says that it is paused, and no longer
 * than until then.
 *
 * @param options.sql the store; undefined: there is none, or nothing is written
 * @param options.tryInstead what may be done all the same
 * @param work is given Port, as it is to be used
 * @throws {PausedError} where it is paused
 */
export async function writeUnlessPaused<Value>(
  options: {
    readonly sql: Sql | undefined;
    readonly port: PortClient;
    readonly tryInstead: string;
  },
  { clock }: Pick<CliContext, "clock">,
  work: (port: PortClient) => Promise<Value>,
): Promise<Value> {
  const { sql, port, tryInstead } = options;
  if (sql === undefined) return work(port);
  await checkPaused(sql, tryInstead);
  const gate = createPauseGate({ sql, clock });
  return asWriter({ sql, clock, owner: nameProcess() }, () => work(guardPort(port, gate, "write")));
}
