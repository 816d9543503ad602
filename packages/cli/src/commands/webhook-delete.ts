import { removeSubscription } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { openSubscriptions } from "../open-run.ts";
import { findServerStore } from "../open-server-store.ts";
import { loadRunSources } from "../run-options.ts";
import { addWebhookOptions, type WebhookFlags } from "./webhook-options.ts";
import type { HelpText } from "../ui/help.ts";

const examples: HelpText["examples"] = [
  ["pagerport webhook delete PSUBSCRIPTION", "PagerDuty sends it nothing more"],
  ["pagerport webhook delete POLD1 POLD2", "several; the server forgets their secrets"],
];

/** Adds `pagerport webhook delete`. */
export function addWebhookDeleteCommand(group: Command, context: CliContext): void {
  const command = group
    .command("delete")
    .argument("<id...>", "ids of subscriptions, see 'pagerport webhook list'")
    .description("Delete subscriptions");
  addWebhookOptions(command, { examples }).action((ids: readonly string[], flags: WebhookFlags) =>
    deleteWebhooks(ids, flags, context),
  );
}

async function deleteWebhooks(
  ids: readonly string[],
  flags: WebhookFlags,
  context: CliContext,
): Promise<void> {
  const sources = loadRunSources(flags, context);
  const api = openSubscriptions(sources, context);
  const { store } = await findServerStore(sources, context);
  const deleted: string[] = [];
  const missing: string[] = [];
  try {
    for (const id of new Set(ids)) {
      const options = { sql: store?.sql, signal: context.signal };
      const wasThere = await removeSubscription(api, id, options);
      (wasThere ? deleted : missing).push(id);
    }
  } finally {
    await store?.[Symbol.asyncDispose]();
  }
  if (flags.json === true) {
    const document = { command: "webhook delete", deleted, missing };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  for (const id of deleted) context.stderr.write(`Deleted ${id}.\n`);
  for (const id of missing) context.stderr.write(`${id}: there is no such subscription.\n`);
  if (missing.length > 0) context.exitCode = exitCodes.partial;
}
