import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  approvePlanFile,
  type CheckedHosts,
  ConfigError,
  describeError,
  FileError,
  type HeldGroup,
  parsePlanFile,
  type PlanOrigin,
  type ResyncOptions,
  writePlanFile,
} from "@pagerport/core";
import type { RunMapping } from "./choose-run-mapping.ts";
import type { CliContext } from "./context.ts";
import type { OpenedRun } from "./open-run.ts";
import { readInput } from "./read-input.ts";

/** The flags that name files of plans, as commander gives them. */
export interface PlanFlags {
  readonly planOut?: string;
  readonly approve?: string;
  readonly only?: readonly string[];
}

/** What a run does with files of plans. */
export interface OpenedPlanFiles {
  readonly options: Pick<ResyncOptions, "approvedPlans" | "onWithheld">;
  /** Writes what the run withheld, where that is wanted. @throws {FileError} */
  write(): Promise<void>;
}

/**
 * Reads the plan that a run is to follow, and prepares to write the one that it makes.
 *
 * @throws {ConfigError} where a file is no plan, was changed, or is for another account, organisation,
 * integration or mapping
 */
export async function openPlanFiles(
  {
    flags,
    hosts,
    opened,
    chosen,
  }: {
    readonly flags: PlanFlags;
    readonly hosts: Pick<CheckedHosts, "account" | "organization">;
    readonly opened: Pick<OpenedRun, "integrationIdentifier">;
    readonly chosen: Pick<RunMapping, "mapping">;
  },
  context: CliContext,
): Promise<OpenedPlanFiles> {
  const { planOut, approve, only } = flags;
  if (only !== undefined && approve === undefined) {
    throw new ConfigError("--only goes with --approve", { setting: "--only" });
  }
  const origin: PlanOrigin = {
    account: hosts.account?.host ?? "",
    organization: hosts.organization?.id ?? "",
    integration: opened.integrationIdentifier,
  };
  const { mapping } = chosen;
  const approvedPlans =
    approve === undefined
      ? undefined
      : approvePlanFile(parsePlanFile(await readInput(approve, "--approve", context), approve), {
          name: approve,
          origin,
          mapping,
          only,
          now: context.clock.now(),
        });
  // What an earlier run withheld is not to be taken for this one's, should it break off.
  if (planOut !== undefined) await rm(resolve(context.cwd, planOut), { force: true });
  let held: readonly HeldGroup[] = [];
  return {
    options: {
      approvedPlans,
      onWithheld(groups) {
        held = groups;
      },
    },
    async write() {
      if (planOut === undefined) return;
      const path = resolve(context.cwd, planOut);
      try {
        await writeFile(path, writePlanFile(origin, held, { now: context.clock.now() }));
      } catch (cause) {
        throw new FileError(`Cannot write ${planOut}: ${describeError(cause)}`, { path, cause });
      }
      if (held.length === 0) return;
      context.stderr.write(
        `What is withheld is in ${planOut}. Once a person has looked at it: pagerport sync --approve ${planOut}\n`,
      );
    },
  };
}
