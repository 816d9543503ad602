import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addWebhookCreateCommand } from "./webhook-create.ts";
import { addWebhookDeleteCommand } from "./webhook-delete.ts";
import { addWebhookEnableCommand } from "./webhook-enable.ts";
import { addWebhookListCommand } from "./webhook-list.ts";
import { addWebhookTestCommand } from "./webhook-test.ts";
import { addHelp } from "../ui/help.ts";
import { webhookExitCodes } from "./webhook-options.ts";

/** Adds `pagerport webhook` and what it can do. */
export function addWebhookCommand(program: Command, context: CliContext): void {
  const group = program
    .command("webhook")
    .description("PagerDuty's webhook subscriptions: who is told what happens");
  addHelp(group, {
    examples: [
      ["pagerport webhook create --base-url https://hooks.example.com", "for our own server"],
      ["pagerport webhook create --url https://ingest.getport.io/KEY", "for any other"],
      ["pagerport webhook list", "what there is"],
      ["pagerport webhook test", "does what PagerDuty sends arrive?"],
    ],
    exitCodes: webhookExitCodes,
  });
  addWebhookCreateCommand(group, context);
  addWebhookListCommand(group, context);
  addWebhookTestCommand(group, context);
  addWebhookEnableCommand(group, context);
  addWebhookDeleteCommand(group, context);
}
