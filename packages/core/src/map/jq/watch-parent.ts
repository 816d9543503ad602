import process from "node:process";
import { Worker } from "node:worker_threads";

/** How often the watch looks; an orphan uses up a core for at most this long. */
const intervalMs = 500;

/**
 * Ends this process when the one that started it is gone. Usually the end of stdin does that, but while
 * jq is busy nothing is read, and an expression that never ends would go on for ever: nobody is left to
 * stop it. A thread of its own sees it; it can end the process, though it could not stop jq alone.
 */
export function watchParent(): void {
  const watch = new Worker(
    `const process = require("node:process");
     setInterval(() => {
       if (process.ppid !== ${process.ppid}) process.kill(process.pid, "SIGKILL");
     }, ${intervalMs});`,
    { eval: true },
  );
  watch.unref();
  // Without the watch everything still works; only this one accident is not provided for.
  watch.on("error", () => undefined);
}
