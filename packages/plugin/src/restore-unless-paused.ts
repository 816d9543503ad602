import { ConflictError } from "@backstage/errors";
import { asWriter, PausedError, type PauseGate, type WriterOptions } from "@pagerport/core";

/**
 * Puts entities back in Port, unless somebody has paused the writing to it, or does meanwhile.
 *
 * @throws {ConflictError} that says who has paused it, and what to do
 */
export async function restoreUnlessPaused<Value>(
  { pauses, ...writer }: WriterOptions & { readonly pauses: PauseGate },
  restore: () => Promise<Value>,
): Promise<Value> {
  try {
    await pauses.ensure("write");
    return await asWriter(writer, restore);
  } catch (error) {
    if (error instanceof PausedError) throw new ConflictError(error.message);
    throw error;
  }
}
