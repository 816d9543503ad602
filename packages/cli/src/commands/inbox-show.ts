import { ConfigError, noteListed, readEvent } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addInboxOptions, describeEvent, type InboxFlags, withInbox } from "./inbox-options.ts";
import type { HelpText } from "../ui/help.ts";

const examples: HelpText["examples"] = [
  ["pagerport inbox show 01FEVENT", "about it on stderr, its payload on stdout"],
  ["pagerport inbox show 01FEVENT | jq .", "its payload, laid out"],
  ["pagerport inbox show 01FEVENT --json", "both in one document"],
];

/** Adds `pagerport inbox show`. */
export function addInboxShowCommand(group: Command, context: CliContext): void {
  const command = group
    .command("show")
    .argument("<event>", "its id, see 'pagerport inbox list'")
    .description("Show one event with its payload, which may hold personal data");
  addInboxOptions(command, examples).action((id: string, flags: InboxFlags) =>
    showEvent(id, flags, context),
  );
}

async function showEvent(id: string, flags: InboxFlags, context: CliContext): Promise<void> {
  const event = await withInbox(flags, context, async (sql) => {
    const found = await readEvent(sql, id);
    if (found?.state === "dead") await noteListed(sql, [id]);
    return found;
  });
  if (event === undefined) {
    throw new ConfigError(`There is no event ${id}: done ones are forgotten after three days`);
  }
  const text = decode(event.payload);
  if (flags.json === true) {
    const payload = text ?? null;
    const base64 = text === undefined ? Buffer.from(event.payload).toString("base64") : undefined;
    const document = { ...describeEvent(event), payload, payloadBase64: base64 };
    context.stdout.write(`${JSON.stringify({ command: "inbox show", ...document })}\n`);
    return;
  }
  for (const [name, value] of Object.entries(describeEvent(event))) {
    if (value !== null) context.stderr.write(`${name}: ${value}\n`);
  }
  if (event.payload.length === 0) {
    context.stderr.write(
      "Its payload is not kept any more, or it is one more object of an event.\n",
    );
    return;
  }
  const shown = text ?? Buffer.from(event.payload).toString("latin1");
  context.stdout.write(`${context.stdout.isTTY ? hideControls(shown) : shown}\n`);
}

/** Undefined where it is no text: a dead letter may be anything. */
function decode(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return undefined;
  }
}

/** What somebody has sent must not move the cursor of a terminal. */
function hideControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "\u{FFFD}");
}
