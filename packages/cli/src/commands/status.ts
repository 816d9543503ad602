import { ConfigError, isAllWell, judgeStatus } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { printError } from "../report-error.ts";
import { loadSources } from "../load-config.ts";
import { addServerOption, type ServerFlags, serverSettingNames } from "../open-operations.ts";
import { addConfigOption } from "../run-options.ts";
import { portSettingNames, storeSettingNames } from "../setting-names.ts";
import { formatStatus } from "../status/format-status.ts";
import { openStatusReader, Unreachable } from "../status/open-status-reader.ts";
import { watchStatus } from "../status/watch-status.ts";
import { createPaint } from "../ui/colour.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

/** The flags of `status` as commander gives them. */
interface StatusFlags extends ServerFlags {
  readonly watch?: true;
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport status", "is Port's catalog kept true, and if not, what to do"],
    ["pagerport status --watch", "the same, again and again until Ctrl-C"],
    ["pagerport status --url http://127.0.0.1:8010", "as a server tells it"],
    ["pagerport status --json | jq .findings", "what is wrong, for a script"],
  ],
  about: [
    "With --url a server tells. Without, the store of these settings is read, which must be as the server has them; where there is none, Port tells what it knows of the last resync. Nothing is written.",
    "What is wrong comes first, then what waits for a person, each with what to type.",
  ],
  settings: [...storeSettingNames, ...portSettingNames, "pagerDutyApiUrl", ...serverSettingNames],
  exitCodes: {
    0: "nothing is wrong, and nothing waits for a person",
    2: true,
    3: "something is wrong, or waits for a person",
    4: true,
    5: "server, store or Port did not answer",
    130: true,
    143: true,
  },
};

/** Adds `pagerport status`. */
export function addStatusCommand(program: Command, context: CliContext): void {
  const command = program
    .command("status")
    .description("Show how the integration is, the worst first, and what to do")
    .option("--watch", "show it again every 2 seconds, until Ctrl-C")
    .option("--json", "print one JSON document on stdout");
  addHelp(addServerOption(addConfigOption(command)), help).action((flags: StatusFlags) =>
    runStatus(flags, context),
  );
}

async function runStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  try {
    await showStatus(flags, context);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    printError(error, context);
    context.exitCode = exitCodes.unavailable;
  }
}

async function showStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  if (flags.watch === true && flags.json === true) {
    const setting = "--watch";
    throw new ConfigError("--watch and --json cannot be used together", { setting });
  }
  const { url, config } = flags;
  const sources = loadSources(context, {
    config,
    flags: url === undefined ? {} : { serverUrl: url },
  });
  const reader = await openStatusReader({ sources }, context);
  try {
    if (flags.watch === true) await watchStatus(reader.read, context);
    const report = await reader.read();
    const findings = judgeStatus(report);
    const isWell = isAllWell(findings);
    const { stdout } = context;
    if (flags.json === true) {
      const document = { command: "status", ok: isWell, findings, ...report };
      stdout.write(`${JSON.stringify(document)}\n`);
    } else {
      const colour = createPaint(stdout, context);
      const lines = formatStatus(report, findings, { width: stdout.columns, colour });
      stdout.write(`${lines.join("\n")}\n`);
    }
    context.exitCode = isWell ? exitCodes.done : exitCodes.partial;
  } finally {
    await reader.close();
  }
}
