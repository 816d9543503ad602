import { ConfigError, type SettingSources } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { commandRights } from "../doctor/command-rights.ts";
import { createExamination } from "../doctor/examination.ts";
import { listChecks } from "../doctor/list-checks.ts";
import { createSecretMask } from "../doctor/mask-secrets.ts";
import { printFindings } from "../doctor/print-findings.ts";
import { printRights } from "../doctor/print-rights.ts";
import { chooseDoctorExitCode, type NamedFinding, runChecks } from "../doctor/run-checks.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { runSettingNames } from "../setting-names.ts";
import { addHelp, createSettingOption, type HelpText } from "../ui/help.ts";

/** The flags of `doctor` as commander gives them. */
interface DoctorFlags extends RunFlags {
  readonly baseUrl?: string;
  readonly timeout: string;
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport doctor", "is everything as it has to be?"],
    ["pagerport doctor --mapping mapping.yaml", "and with a mapping of your own?"],
    ["pagerport doctor --json", "one JSON document, for a pipeline"],
  ],
  about: [
    "Looks at settings, proxy, certificates, PagerDuty (address, clock, token, rights, webhook), Port (address, clock, credentials, rights, blueprints), mapping, store, inbox and last runs: a line each, and what to do. Nothing is changed anywhere: rights to write are asked for with changes of what does not exist. A line that begins with '-' was left out, and says why. Below it is listed which command needs which right of which key.",
  ],
  settings: [...runSettingNames, "webhookToken"],
  exitCodes: {
    0: "nothing has failed; there may be warnings",
    2: true,
    3: "a run would not bring everything",
    4: true,
    5: true,
  },
};

const defaultTimeout = "10";
/** Seconds. */
const longestTimeout = 600;

/** Adds `pagerport doctor`. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  const command = program
    .command("doctor")
    .description("Look at everything that pagerport needs; say what is wrong and what to do")
    .addOption(createSettingOption("baseUrl", "--base-url <url>"))
    .option("--timeout <seconds>", "how long each check may take", defaultTimeout)
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addRunOptions(command), help).action((flags: DoctorFlags) => runDoctor(flags, context));
}

async function runDoctor(flags: DoctorFlags, context: CliContext): Promise<void> {
  const timeout = parseTimeout(flags.timeout);
  const sources = loadRunSources(flags, context, { baseUrl: flags.baseUrl });
  const checks = listChecks(createExamination(sources, context));
  const { signal } = context;
  const findings = maskFindings(await runChecks(checks, { timeout, signal }), sources);
  context.exitCode = chooseDoctorExitCode(findings);
  if (flags.json === true) printDocument(findings, context);
  else {
    printFindings(findings, context);
    printRights(context);
    context.stderr.write(`${describeVerdict(findings)}\n`);
  }
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestTimeout) return seconds * 1000;
  throw new ConfigError(
    `--timeout must be a number of seconds up to ${longestTimeout}: current value is '${text}'`,
    { setting: "--timeout" },
  );
}

function maskFindings(
  findings: readonly NamedFinding[],
  sources: SettingSources,
): readonly NamedFinding[] {
  const mask = createSecretMask(sources);
  return findings.map((finding) => ({
    ...finding,
    message: mask(finding.message),
    ...(finding.advice === undefined ? {} : { advice: mask(finding.advice) }),
  }));
}

function printDocument(findings: readonly NamedFinding[], context: CliContext): void {
  const states = findings.map(({ state }) => state);
  const verdict =
    ["failed", "warning"].find((state) => states.some((one) => one === state)) ?? "ok";
  const checks = findings.map(({ check, state, message, advice = null }) => ({
    check,
    state,
    message,
    advice,
  }));
  context.stdout.write(
    `${JSON.stringify({ command: "doctor", verdict, checks, rights: commandRights })}\n`,
  );
}

function describeVerdict(findings: readonly NamedFinding[]): string {
  const count = (state: string): number => findings.filter((one) => one.state === state).length;
  const [bad, doubtful] = [count("failed"), count("warning")];
  const warnings = `${doubtful} ${doubtful === 1 ? "warning" : "warnings"}`;
  if (bad > 0) return `${bad} failed, ${warnings}.`;
  return doubtful > 0 ? `Nothing has failed; ${warnings}.` : "Everything is well.";
}
