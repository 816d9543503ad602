import { listSubscriptions, type Subscription } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { openSubscriptions } from "../open-run.ts";
import { loadRunSources } from "../run-options.ts";
import { formatObjects } from "../ui/format.ts";
import {
  addScopeOptions,
  addWebhookOptions,
  formatScope,
  parseScope,
  type ScopeFlags,
  type WebhookFlags,
} from "./webhook-options.ts";
import type { HelpText } from "../ui/help.ts";

/** The flags of `webhook list` as commander gives them. */
interface ListFlags extends WebhookFlags, ScopeFlags {
  readonly account?: true;
}

const examples: HelpText["examples"] = [
  ["pagerport webhook list", "all of the account, its services and teams"],
  ["pagerport webhook list --service PSERVICE", "those of one service"],
  ["pagerport webhook list --account --json", "of the whole account, with events"],
];

/** Adds `pagerport webhook list`. */
export function addWebhookListCommand(group: Command, context: CliContext): void {
  const command = group
    .command("list")
    .description("Show subscriptions: where they send, and whether they are switched on")
    .option("--account", "only those of the whole account");
  addWebhookOptions(addScopeOptions(command), { examples }).action((flags: ListFlags) =>
    listWebhooks(flags, context),
  );
}

async function listWebhooks(flags: ListFlags, context: CliContext): Promise<void> {
  const { account, service, team } = flags;
  const isSome = account === true || service !== undefined || team !== undefined;
  const scope = isSome ? parseScope(flags) : undefined;
  const api = openSubscriptions(loadRunSources(flags, context), context);
  const subscriptions = await listSubscriptions(api, { scope, signal: context.signal });
  const shown = subscriptions.map(hidePassword);
  if (flags.json === true) {
    const document = { command: "webhook list", subscriptions: shown };
    context.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  for (const one of shown) {
    const { id, url, description, events } = one;
    const fields = [id, describeState(one), formatScope(one.scope), `${events.length} events`];
    context.stdout.write(`${[...fields, url, description].join("\t").trimEnd()}\n`);
  }
  context.stderr.write(`${formatObjects(shown.length, "subscriptions")}.\n`);
}

/** `on`, `off`: by a person, `disabled`: for a day, by PagerDuty. */
function describeState({ isActive, isDisabled }: Subscription): string {
  if (!isActive) return "off";
  return isDisabled ? "disabled" : "on";
}

/** PagerDuty takes credentials in an address. */
function hidePassword(subscription: Subscription): Subscription {
  const url = subscription.url.replace(/^(https?:\/\/)[^/]*@/, "$1…@");
  return { ...subscription, url };
}
