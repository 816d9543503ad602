import { hostname } from "node:os";
import process from "node:process";
import { type LeaseHolder } from "@pagerport/core";
import type { CliContext } from "./context.ts";
import { formatDuration } from "./ui/format.ts";

/** Who this process is to others that wait for it. */
export function nameProcess(): string {
  return `${hostname()}, process ${process.pid}`;
}

/** Says which other run is waited for. */
export function tellHeld({ owner, since }: LeaseHolder, context: CliContext): void {
  const ago = formatDuration(context.clock.now() - since);
  context.stderr.write(`Waiting for another run, of ${owner}, which began ${ago} ago.\n`);
}
