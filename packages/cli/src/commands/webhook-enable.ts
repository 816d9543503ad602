import { enableSubscription, listSubscriptions, updateSubscription } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { openSubscriptions } from "../open-run.ts";
import { loadRunSources } from "../run-options.ts";
import { addWebhookOptions, type WebhookFlags } from "./webhook-options.ts";
import type { HelpText } from "../ui/help.ts";

const examples: HelpText["examples"] = [
  ["pagerport webhook enable PSUBSCRIPTION", "after PagerDuty has disabled it"],
  ["pagerport webhook enable POFF1 POFF2", "several, or what somebody switched off"],
];

/** Adds `pagerport webhook enable`. */
export function addWebhookEnableCommand(group: Command, context: CliContext): void {
  const command = group
    .command("enable")
    .argument("<id...>", "ids of subscriptions, see 'pagerport webhook list'")
    .description("Switch subscriptions on again");
  addWebhookOptions(command, { examples }).action((ids: readonly string[], flags: WebhookFlags) =>
    enableWebhooks(ids, flags, context),
  );
}

async function enableWebhooks(
  ids: readonly string[],
  flags: WebhookFlags,
  context: CliContext,
): Promise<void> {
  const { signal } = context;
  const api = openSubscriptions(loadRunSources(flags, context), context);
  const all = await listSubscriptions(api, { signal });
  const enabled: string[] = [];
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const found = all.find((one) => one.id === id);
    if (found === undefined) {
      missing.push(id);
      continue;
    }
    if (!found.isActive) await updateSubscription(api, id, { isActive: true }, signal);
    if (found.isDisabled) await enableSubscription(api, id, signal);
    enabled.push(id);
  }
  if (flags.json === true) {
    const document = { command: "webhook enable", enabled, missing };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  for (const id of enabled) context.stderr.write(`${id} is on.\n`);
  for (const id of missing) context.stderr.write(`${id}: there is no such subscription.\n`);
  if (enabled.length > 0) {
    context.stderr.write(
      "What happened meanwhile was not sent, and is not sent now: pagerport sync\n",
    );
  }
  if (missing.length > 0) context.exitCode = exitCodes.partial;
}
