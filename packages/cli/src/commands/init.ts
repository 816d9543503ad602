import {
  describeInitProblems,
  initPort,
  loadPortSettings,
  loadResyncSettings,
} from "@pagerport/core";
import type { Command } from "commander";
import { addNewAccountOption, type NewAccountFlag, withPortHost } from "../check-hosts.ts";
import { chooseRunMapping } from "../choose-run-mapping.ts";
import { type CliContext, exitCodes } from "../context.ts";
import { openPort } from "../open-run.ts";
import { describeInit } from "../prepare-port.ts";
import { addMappingOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { version } from "../version.ts";
import { portOnlySettingNames } from "../setting-names.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

/** The flags of `init` as commander gives them. */
interface InitFlags extends Pick<RunFlags, "mapping" | "config">, NewAccountFlag {
  readonly dryRun?: true;
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport init --dry-run", "what is missing in Port; writes nothing"],
    ["pagerport init", "make what is missing"],
    ["pagerport init --mapping mapping.yaml", "what a mapping of your own needs"],
  ],
  about: [
    "Adds missing blueprints, and properties and relations that the mapping names and blueprints lack. Never changes types, titles or allowed values of what exists; where an existing relation is not what the mapping needs, it says so and writes nothing.",
  ],
  settings: [...portOnlySettingNames, "createPortResourcesOrigin"],
  exitCodes: {
    0: true,
    2: "usage or configuration, or something stands in the way",
    3: "something is left to do by hand",
    4: true,
    5: true,
  },
};

/** Adds `pagerport init`. */
export function addInitCommand(program: Command, context: CliContext): void {
  const command = program
    .command("init")
    .description("Make Port ready: blueprints, the integration and its mapping")
    .option("--dry-run", "write nothing; print what would be done")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addMappingOptions(command)), help).action((flags: InitFlags) =>
    runInit(flags, context),
  );
}

async function runInit(flags: InitFlags, context: CliContext): Promise<void> {
  const sources = loadRunSources(flags, context);
  const { integrationIdentifier } = loadPortSettings(sources);
  const { createPortResourcesOrigin } = loadResyncSettings(sources);
  const port = openPort(sources, context);
  const { mapping } = await chooseRunMapping({ port, integrationIdentifier }, sources, context);
  const dryRun = flags.dryRun === true;
  const checking = { ...flags, sources, writes: !dryRun };
  const report = await withPortHost(port, checking, context, () =>
    initPort({
      port,
      clock: context.clock,
      integrationIdentifier,
      version,
      mapping,
      resourcesOrigin: createPortResourcesOrigin,
      dryRun,
      signal: context.signal,
    }),
  );
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: "init", ...report })}\n`);
  }
  const done = describeInit(report);
  const problems = describeInitProblems(report);
  if (done.length === 0 && !report.blocked) {
    done.push("Port has everything that the mapping needs; nothing was written.");
  }
  if (report.blocked) problems.push("Nothing was written.");
  for (const line of [...done, ...problems]) context.stderr.write(`${line}\n`);
  if (report.blocked) context.exitCode = exitCodes.usage;
  else if (report.byHand.length > 0) context.exitCode = exitCodes.partial;
}
