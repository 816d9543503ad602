import { Command } from "commander";
import { addConfigCommand } from "./commands/config.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addImportCommand } from "./commands/import.ts";
import { addMapCommand } from "./commands/map.ts";
import { addSandboxCommand } from "./commands/sandbox.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addSyncCommand } from "./commands/sync.ts";
import { addInitCommand } from "./commands/init.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addInboxCommand } from "./commands/inbox.ts";
import { addPortWebhookCommand } from "./commands/port-webhook.ts";
import { addWebhookCommand } from "./commands/webhook.ts";
import { addValidateCommand } from "./commands/validate.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import type { CliContext } from "./context.ts";
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
    })
    .showSuggestionAfterError()
    .description("Keeps a developer portal's catalog true to PagerDuty")
    .version(version, "-V, --version", "print the version");
  addImportCommand(program, context);
  addSyncCommand(program, context);
  addServeCommand(program, context);
  addVerifyCommand(program, context);
  addInitCommand(program, context);
  addWebhookCommand(program, context);
  addPortWebhookCommand(program, context);
  addInboxCommand(program, context);
  addMapCommand(program, context);
  addValidateCommand(program, context);
  addRestoreCommand(program, context);
  addDoctorCommand(program, context);
  addConfigCommand(program, context);
  addSandboxCommand(program, context);
  return program;
}
