/** Why a command's signal was aborted: what reads its stdout (`| head`) has had enough. */
export class ReaderGone extends Error {
  override name = "ReaderGone";

  constructor(cause: unknown) {
    super("Nobody reads stdout any more", { cause });
  }
}
