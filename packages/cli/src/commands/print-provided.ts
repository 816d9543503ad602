import type { ProvidedSubscription } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatScope } from "./webhook-options.ts";

/** Where the secret of a subscription has gone. */
export interface ProvidedSecret {
  readonly isJson: boolean;
  /** Undefined where there was a subscription already: PagerDuty does not tell it again. */
  readonly secret: string | undefined;
  /** The file that it was written to; undefined where it is to be printed. */
  readonly file: string | undefined;
}

/** Prints a subscription that is there now: its secret on stdout, the rest on stderr, or all as JSON. */
export function printProvided(
  provided: ProvidedSubscription,
  { isJson, secret, file }: ProvidedSecret,
  context: CliContext,
): void {
  const { subscription, isNew, repaired, duplicates } = provided;
  const shown = file === undefined ? secret : undefined;
  if (isJson) {
    const document = {
      command: "webhook create",
      created: isNew,
      repaired,
      subscription,
      secret: shown,
      secretFile: secret === undefined ? undefined : file,
    };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  } else if (shown !== undefined) {
    context.stdout.write(`${shown}\n`);
  }
  const { id, scope, events } = subscription;
  const what = `${formatScope(scope)}, ${events.length} types of events`;
  const lines = [
    isNew
      ? `Made the webhook subscription ${id} (${what}).`
      : `Used the webhook subscription ${id} that is there (${what}); ${describeRepairs(repaired)}.`,
    describeSecret(secret, file),
  ];
  if (duplicates.length > 0) {
    const ids = duplicates.map((one) => one.id).join(" ");
    lines.push(`Others of the same address and scope do the same: pagerport webhook delete ${ids}`);
  }
  for (const line of lines) context.stderr.write(`${line}\n`);
}

function describeSecret(secret: string | undefined, file: string | undefined): string {
  if (secret === undefined) return "PagerDuty told its secret when it was made, and never again.";
  if (file === undefined) return "Its secret is on stdout, and is not told again.";
  return `Its secret is in ${file}, and is not told again.`;
}

function describeRepairs(repaired: ProvidedSubscription["repaired"]): string {
  const words = {
    activated: "switched it on",
    enabled: "enabled it, which PagerDuty had disabled",
    events: "changed its events",
  };
  return repaired.length === 0
    ? "nothing was to be put right"
    : repaired.map((repair) => words[repair]).join(", ");
}
