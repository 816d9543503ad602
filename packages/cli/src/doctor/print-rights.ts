import type { CliContext } from "../context.ts";
import { wrapText } from "../ui/wrap.ts";
import { type CommandRights, commandRights } from "./command-rights.ts";

/** Narrower, and texts would be columns of single words. */
const leastWidth = 60;

const keys: readonly (readonly [label: string, right: keyof CommandRights])[] = [
  ["PD_TOKEN", "reading"],
  ["PD_WEBHOOK_TOKEN", "webhooks"],
  ["PORT_CLIENT_ID", "port"],
];

/** Prints which command needs which right of which key: a block for some commands, a line for each key. */
export function printRights({ stdout }: Pick<CliContext, "stdout">): void {
  const width = Math.max(leastWidth, stdout.columns);
  const labelWidth = Math.max(...keys.map(([label]) => label.length));
  stdout.write("\nRights by command (PD_TOKEN is both where there is no PD_WEBHOOK_TOKEN)\n");
  for (const rights of commandRights) {
    stdout.write(`${rights.commands}\n`);
    for (const [label, name] of keys) {
      if (rights[name] === "-") continue;
      const margin = labelWidth + 4;
      const [first = "", ...others] = wrapText(rights[name], { width: width - margin });
      stdout.write(`  ${label.padEnd(labelWidth)}  ${first}\n`);
      for (const line of others) stdout.write(`${" ".repeat(margin)}${line}\n`);
    }
  }
}
