import { Command } from "commander";
import { addConfigCommand } from "./commands/config.ts";
import { addDeletionsCommand } from "./commands/deletions.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addImportCommand } from "./commands/import.ts";
import { addMapCommand } from "./commands/map.ts";
import { addSandboxCommand } from "./commands/sandbox.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addSyncCommand } from "./commands/sync.ts";
import { addInitCommand } from "./commands/init.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addInboxCommand } from "./commands/inbox.ts";
import { addPauseCommand } from "./commands/pause.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addPortWebhookCommand } from "./commands/port-webhook.ts";
import { addWebhookCommand } from "./commands/webhook.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addValidateCommand } from "./commands/validate.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import type { CliContext } from "./context.ts";
import { portSettingNames } from "./setting-names.ts";
import { addHelp, allExitCodes, helpWidth } from "./ui/help.ts";
import { version } from "./version.ts";

/** The command line: every command with its flags and help. */
export function createProgram(context: CliContext): Command {
  const program = new Command("pagerport");
  program
    // Before any command is added: commander copies these settings when it creates them.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // The same on every terminal and in every test.
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    // Beside the longest option there are fewer columns than commander would wrap to.
    .configureHelp({ minWidthToWrap: 30 })
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError()
    .showHelpAfterError("(--help tells what is valid)")
    .description("Keeps a developer portal's catalog true to PagerDuty")
    .version(version, "-V, --version", "print the version");
  addHelp(program, {
    examples: [
      ["pagerport import --sandbox", "try it: an invented account, nothing is needed"],
      ["pagerport doctor", "is everything as it has to be?"],
      ["pagerport sync --dry-run", "what a sync would do"],
      ["pagerport sync", "bring Port's catalog to PagerDuty's present state"],
      ["pagerport serve", "and keep it so"],
    ],
    about: [
      "Every command tells its options, settings and exit codes: pagerport sync --help. Data goes to stdout, everything else to stderr. NO_COLOR=1 switches colours off.",
    ],
    settings: ["pagerDutyToken", "pagerDutyApiUrl", ...portSettingNames],
    exitCodes: allExitCodes,
  });
  addImportCommand(program, context);
  addSyncCommand(program, context);
  addServeCommand(program, context);
  addStatusCommand(program, context);
  addVerifyCommand(program, context);
  addInitCommand(program, context);
  addWebhookCommand(program, context);
  addPortWebhookCommand(program, context);
  addDeletionsCommand(program, context);
  addInboxCommand(program, context);
  addPauseCommand(program, context);
  addResumeCommand(program, context);
  addMapCommand(program, context);
  addValidateCommand(program, context);
  addRestoreCommand(program, context);
  addDoctorCommand(program, context);
  addConfigCommand(program, context);
  addSandboxCommand(program, context);
  return program;
}
