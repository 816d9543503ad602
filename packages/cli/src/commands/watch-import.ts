import type { CliContext } from "../context.ts";
import { createProgress } from "../ui/progress.ts";
import { type RunWatch, watchRun } from "./watch-run.ts";

/**
 * A whole history may be read in a container with little memory, and waits for both hosts' limits most of
 * the time: half of it may go into keeping memory small.
 */
const largestShare = 0.5;

/**
 * Shows the progress of an import, counts its requests and keeps its memory small.
 *
 * @param options.isMapped whole objects are read ahead, not what is sent of them: memory fills faster
 */
export function watchImport(
  context: CliContext,
  { isMapped = false }: { readonly isMapped?: boolean } = {},
): RunWatch {
  return watchRun(context, {
    createProgress,
    fillsMemory: ({ type }) => type === "window" || (isMapped && type === "page"),
    largestShare,
  });
}
