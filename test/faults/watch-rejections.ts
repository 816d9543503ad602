import process from "node:process";

/** What nobody handled since it was made. */
export interface RejectionWatch extends Disposable {
  readonly unhandled: unknown[];
}

/** Notes rejections that nobody handles, instead of ending the process. */
export function watchRejections(): RejectionWatch {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  return {
    unhandled,
    [Symbol.dispose]: () => {
      process.off("unhandledRejection", note);
    },
  };
}
