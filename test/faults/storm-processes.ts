import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { readDefaultFile } from "@pagerport/core";
import { integrationIdentifier } from "../support/connect-sandbox.ts";
import { type CliResult, portEnvironment, runCli, startCli } from "../support/run-cli.ts";
import type { ServerProcess } from "../support/run-server.ts";
import { createRandom, type Random } from "../support/sample-objects.ts";
import { drawBelow, drawOne } from "./mutate.ts";
import { countRequests, drawJumps, type Tally, until } from "./storm.ts";

/** One storm. */
export interface Storm {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly seed: number;
  readonly tally: Tally;
}

export function readEnvironment({
  sandbox,
  folder,
}: Pick<Storm, "sandbox" | "folder">): Record<string, string> {
  return {
    PAGERPORT_STATE_DIR: join(folder, "state"),
    ...portEnvironment(sandbox),
    PAGERPORT_INTEGRATION_IDENTIFIER: integrationIdentifier,
    PAGERPORT_SEND_RAW_DATA_EXAMPLES: "false",
  };
}

/** The runtime, with a clock that `STORM_JUMPS` puts forward and back. */
export const jumping = [process.execPath, "--preload", join(import.meta.dir, "jump-dates.ts")];

export interface ThroughKills {
  readonly kills: number;
  /** Before each process starts. @returns what its environment has besides */
  readonly onStart?: () => Record<string, string>;
  readonly onKill?: (pid: number) => Promise<void>;
}

/** Runs a command that is killed now and then, until it ends by itself. */
export async function runThroughKills(
  args: readonly string[],
  { sandbox, folder, seed, tally }: Storm,
  { kills, onStart, onKill }: ThroughKills,
): Promise<CliResult> {
  const random = createRandom(seed);
  const env = readEnvironment({ sandbox, folder });
  for (let kill = 0; kill < kills; kill += 1) {
    const jumps = drawJumps(random);
    tally.jumps += jumps.length;
    const child = startCli(args, {
      cwd: folder,
      env: { ...env, ...onStart?.(), STORM_JUMPS: JSON.stringify(jumps) },
      runtime: jumping,
    });
    // By progress, not by time: a slow machine is killed at the same places.
    const aim = countRequests(sandbox) + 1 + drawBelow(random, 30);
    let hasEnded = false;
    const ended = child.finished.finally(() => {
      hasEnded = true;
    });
    await until(() => hasEnded || countRequests(sandbox) >= aim);
    child.kill("SIGKILL");
    if ((await ended).code === 0) continue;
    tally.kills += 1;
    await onKill?.(child.pid);
  }
  return runCli(args, { cwd: folder, env: { ...env, ...onStart?.() } });
}

/** What the query of services is by mistake, for a while. */
const typos = ['.status == "actve"', '.status == "critical"', ".naem != null"];

/**
 * Draws the mapping of a process: the default one, or once in a while one with a typo.
 *
 * @returns what its environment has besides
 */
export function drawMapping(random: Random, { folder, tally }: Storm): Record<string, string> {
  if (random() < 0.6) return {};
  tally.attacks += 1;
  const file = join(folder, "typo.yaml");
  const text = readDefaultFile("mapping.yaml");
  const typo = text.replace(
    /(- kind: services\n +selector:\n +query: )"true"/,
    (_, before: string) => `${before}${JSON.stringify(drawOne(random, typos))}`,
  );
  if (typo === text) throw new Error("The default mapping has no such query of services");
  writeFileSync(file, typo);
  return { PAGERPORT_MAPPING_FILE: file };
}

/** Sends webhooks to whichever server runs at the moment, and notes which events it acknowledged. */
export class Relay {
  server: ServerProcess | undefined;
  readonly acknowledged = new Set<string>();

  readonly send = async (request: Request): Promise<Response> => {
    if (this.server === undefined) throw new Error("No server runs");
    const body = await request.text();
    const { headers } = request;
    const response = await fetch(`${this.server.url}/webhook`, { method: "POST", headers, body });
    if (response.ok) this.acknowledged.add((JSON.parse(body) as Delivered).event.id);
    return response;
  };
}

interface Delivered {
  readonly event: { readonly id: string };
}
