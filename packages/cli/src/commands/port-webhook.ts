import {
  ConfigError,
  type InstalledPortWebhook,
  installPortWebhook,
  loadSetting,
  type SettingName,
  type PortWebhookName,
  requireSetting,
  type SettingSources,
  setPortWebhookSecret,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addNewAccountOption, type NewAccountFlag, withPortHost } from "../check-hosts.ts";
import { openPort } from "../open-run.ts";
import { addConfigOption, loadRunSources, type RunFlags } from "../run-options.ts";
import { readSecret } from "./secret-file.ts";
import { portOnlySettingNames } from "../setting-names.ts";
import { addHelp, type ExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of both commands as commander gives them. */
interface PortWebhookFlags extends Pick<RunFlags, "config">, NewAccountFlag {
  readonly history?: true;
  readonly secretFile?: string;
  readonly json?: true;
}

const exitCodes: ExitCodes = {
  0: true,
  2: "usage or configuration, or something stands in the way",
  4: true,
  5: true,
};

const settings: readonly SettingName[] = [...portOnlySettingNames, "portWebhookSecret"];

const installHelp: HelpText = {
  examples: [
    ["pagerport port-webhook install", '"PagerDuty Mapper", for PagerDuty\'s webhooks'],
    ["pagerport port-webhook install --history", "for 'pagerport import'"],
  ],
  about: [
    "Prints the URL to post to, which is itself a secret: whoever has it can write. Blueprints that are missing are made; what was changed by hand is put right; what is right is not written again.",
    `For PagerDuty's webhooks the secret comes later, from PagerDuty:
  pagerport webhook create --url URL |
    pagerport port-webhook set-secret --secret-file -`,
    "For imports it is one of your own, in PORT_WEBHOOK_SECRET, which 'pagerport import' signs with as well.",
  ],
  settings,
  exitCodes,
};

const secretHelp: HelpText = {
  examples: [
    ["pagerport port-webhook set-secret --secret-file webhook.secret", ""],
    [
      "pagerport webhook create --url URL |\n  pagerport port-webhook set-secret --secret-file -",
      "",
    ],
    ["PORT_WEBHOOK_SECRET=… pagerport port-webhook set-secret --history", ""],
  ],
  settings,
  exitCodes,
};

/** Adds `pagerport port-webhook` and what it can do. */
export function addPortWebhookCommand(program: Command, context: CliContext): void {
  const group = program
    .command("port-webhook")
    .description("Port's own webhooks, which take events without a server of yours");
  addHelp(group, {
    examples: [...installHelp.examples, ...secretHelp.examples.slice(0, 1)],
    exitCodes,
  });
  const install = group
    .command("install")
    .description("Bring a webhook with its mapping and blueprints into Port; print its URL");
  addHelp(addOptions(install), installHelp).action((flags: PortWebhookFlags) =>
    runInstall(flags, context),
  );
  const setSecret = group
    .command("set-secret")
    .description("Set what senders sign with; what is not signed is refused from then on");
  addHelp(addOptions(setSecret), secretHelp).action((flags: PortWebhookFlags) =>
    runSetSecret(flags, context),
  );
}

function addOptions(command: Command): Command {
  const all = command
    .option("--history", "the one that takes what 'pagerport import' posts")
    .option("--secret-file <file>", "file that holds the secret; - = stdin")
    .option("--json", "print one JSON document on stdout when done");
  return addNewAccountOption(addConfigOption(all));
}

async function runInstall(flags: PortWebhookFlags, context: CliContext): Promise<void> {
  const sources = loadRunSources(flags, context);
  const port = openPort(sources, context);
  const secret = await findSecret(flags, sources, context);
  const installed = await withPortHost(port, { ...flags, sources, writes: true }, context, () =>
    installPortWebhook({
      port,
      name: chooseName(flags),
      secret,
      ingestBase: findIngestBase(sources),
      signal: context.signal,
    }),
  );
  const document = { command: "port-webhook install", ...installed };
  context.stdout.write(`${flags.json === true ? JSON.stringify(document) : installed.url}\n`);
  for (const line of describeInstalled(installed)) context.stderr.write(`${line}\n`);
}

async function runSetSecret(flags: PortWebhookFlags, context: CliContext): Promise<void> {
  const sources = loadRunSources(flags, context);
  const port = openPort(sources, context);
  const secret = await findSecret(flags, sources, context);
  if (secret === undefined) {
    const variable = flags.history === true ? ", or PORT_WEBHOOK_SECRET" : "";
    throw new ConfigError(`Give the secret: --secret-file FILE (- = stdin)${variable}`, {
      setting: "--secret-file",
    });
  }
  const checking = { ...flags, sources, writes: true };
  const { identifier, title, url } = await withPortHost(port, checking, context, () =>
    setPortWebhookSecret({
      port,
      name: chooseName(flags),
      secret,
      ingestBase: findIngestBase(sources),
      signal: context.signal,
    }),
  );
  if (flags.json === true) {
    const document = { command: "port-webhook set-secret", identifier, title, url };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  context.stderr.write(`'${title}' takes only what is signed with this secret.\n`);
}

function chooseName({ history }: PortWebhookFlags): PortWebhookName {
  return history === true ? "history" : "live";
}

/** PagerDuty makes the secret of its webhooks; the one that imports sign with is a setting. */
async function findSecret(
  { history, secretFile }: PortWebhookFlags,
  sources: SettingSources,
  context: CliContext,
): Promise<string | undefined> {
  if (secretFile !== undefined) return readSecret(secretFile, context);
  return history === true ? loadSetting("portWebhookSecret", sources) : undefined;
}

/** Each of Port's regions has its own: api.us.getport.io and ingest.us.getport.io. */
function findIngestBase(sources: SettingSources): string {
  const { hostname } = new URL(requireSetting("portBaseUrl", sources));
  const region = /^api\.((?:[\w-]+\.)*(?:getport|port)\.io)$/.exec(hostname)?.[1];
  return `https://ingest.${region ?? "getport.io"}`;
}

function describeInstalled(installed: InstalledPortWebhook): string[] {
  const { title, created, changed, blueprints, isSigned } = installed;
  const lines: string[] = [];
  if (blueprints.created.length > 0) {
    lines.push(`Created blueprints: ${blueprints.created.join(", ")}.`);
  }
  lines.push(...blueprints.added.map((field) => `Added ${field}.`));
  if (created) lines.push(`Created the webhook '${title}'.`);
  else if (changed.length > 0) lines.push(`Put right in '${title}': ${changed.join(", ")}.`);
  else lines.push(`'${title}' is as it should be; it was not written.`);
  if (isSigned === false) {
    lines.push(
      "It takes what is not signed, until it has a secret: pagerport port-webhook set-secret",
    );
  }
  if (isSigned === "unknown") {
    lines.push("Whether it has a secret cannot be told: Port does not show it.");
  }
  return lines;
}
