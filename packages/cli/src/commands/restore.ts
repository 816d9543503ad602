import { resolve } from "node:path";
import { restoreEntities, type RestoreReport } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { openPort } from "../open-run.ts";
import { addConfigOption, loadRunSources, type RunFlags } from "../run-options.ts";
import { formatCount } from "../ui/format.ts";
import { portSettingNames } from "../setting-names.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

/** The flags of `restore` as commander gives them. */
interface RestoreFlags extends Pick<RunFlags, "config"> {
  readonly overwrite?: true;
  readonly json?: true;
}

/** Refused entities that are shown one by one; `--json` has all. */
const mostShown = 20;

const help: HelpText = {
  examples: [
    ["pagerport restore deleted-7.ndjson", "put back what run 7 deleted"],
    ["pagerport restore deleted-7.ndjson --overwrite", "also where Port's is newer"],
  ],
  about: [
    "The file is checked whole before anything is written. Entities are made after those that they relate to. A later 'pagerport sync' deletes them again unless what it was that removed them is mended.",
  ],
  settings: portSettingNames,
  exitCodes: {
    0: true,
    2: "usage or configuration, or a file that is none",
    3: "some could not be put back",
    4: true,
    5: true,
  },
};

/** Adds `pagerport restore`. */
export function addRestoreCommand(program: Command, context: CliContext): void {
  const command = program
    .command("restore")
    .argument("<file>", "what a run deleted: deleted-<run>.ndjson")
    .description("Put back entities that a run deleted from Port")
    .option("--overwrite", "also where Port has a newer entity of the name")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addConfigOption(command), help).action((file: string, flags: RestoreFlags) =>
    runRestore(file, flags, context),
  );
}

async function runRestore(file: string, flags: RestoreFlags, context: CliContext): Promise<void> {
  const port = openPort(loadRunSources(flags, context), context);
  const report = await restoreEntities({
    port,
    path: resolve(context.cwd, file),
    overwrite: flags.overwrite === true,
    signal: context.signal,
  });
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: "restore", ...report })}\n`);
  }
  for (const line of describeRestore(report)) context.stderr.write(`${line}\n`);
  const isWhole =
    report.refused.length === 0 &&
    report.missingBlueprints.length === 0 &&
    report.cutOff === undefined;
  context.exitCode = isWhole ? exitCodes.done : exitCodes.partial;
}

function describeRestore(report: RestoreReport): string[] {
  const { entities, restored, alreadyThere, refused, missingBlueprints, cutOff } = report;
  const lines = [`Put back ${formatCount(restored)} of ${formatCount(entities)} entities.`];
  if (alreadyThere.length > 0) {
    lines.push(
      `${formatCount(alreadyThere.length)} are in Port already, as new or newer, and were left alone; --overwrite replaces them.`,
    );
  }
  if (cutOff !== undefined) lines.push(`Line ${cutOff} is cut off, and its entity lost.`);
  lines.push(...missingBlueprints.map(({ message }) => message));
  for (const { blueprint, identifier, line, reason } of refused.slice(0, mostShown)) {
    lines.push(`Refused: ${identifier} of ${blueprint} (line ${line}): ${reason}`);
  }
  if (refused.length > mostShown) {
    lines.push(`${formatCount(refused.length - mostShown)} more were refused, see --json.`);
  }
  return lines;
}
