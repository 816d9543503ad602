import { describeMistake, MappingError, parseMapping, parseWebhookConfig } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { readInput } from "../read-input.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

interface ValidateFlags {
  readonly webhookConfig?: boolean;
  readonly json?: boolean;
}

const help: HelpText = {
  examples: [
    ["pagerport validate mapping.yaml", ""],
    ["pagerport validate --webhook-config webhook.json", ""],
    ["curl … | pagerport validate --json -", ""],
  ],
  about: ["Every mistake is told at once, as file:line:column. Nothing is sent anywhere."],
  exitCodes: { 0: "valid", 2: "not valid, or the file cannot be read" },
};

/** Adds `pagerport validate`. */
export function addValidateCommand(program: Command, context: CliContext): void {
  const command = program
    .command("validate")
    .description("Check a mapping: its keys, values and every jq expression")
    .argument("<file>", "YAML or JSON; - = stdin")
    .option("--webhook-config", "the file is a webhook configuration of Port")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(command, help).action(async (file: string, flags: ValidateFlags) => {
    const text = await readInput(file, "FILE", context);
    const name = file === "-" ? "stdin" : file;
    const parse = flags.webhookConfig === true ? parseWebhookConfig : parseMapping;
    try {
      await parse(text, { file: name });
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      reportMistakes(error, flags, context);
      return;
    }
    if (flags.json === true)
      context.stdout.write(`${JSON.stringify({ valid: true, mistakes: [] })}\n`);
    else context.stderr.write(`${name} is valid\n`);
  });
}

function reportMistakes(error: MappingError, flags: ValidateFlags, context: CliContext): void {
  const { mistakes } = error;
  context.exitCode = exitCodes.usage;
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ valid: false, mistakes })}\n`);
    return;
  }
  context.stderr.write(`${mistakes.map(describeMistake).join("\n")}\n`);
  context.stderr.write(`${mistakes.length} ${mistakes.length === 1 ? "mistake" : "mistakes"}\n`);
}
