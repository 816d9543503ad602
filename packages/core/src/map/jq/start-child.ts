import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Starts a process that runs `runJqChild` on its stdin and stdout, which must be pipes. */
export type StartJqChild = () => ChildProcess;

/**
 * Where modules of an executable made by `bun build --compile` are. No other process can load them from
 * there, so the executable starts itself again, and its entry runs `runJqChild` when it is given
 * {@link jqChildArgument}. @see https://bun.com/docs/bundler/executables
 */
const executableRoot = "file:///$bunfs/";

/** The one argument that an executable is started with to be the child. */
const jqChildArgument = "jq-child";

/**
 * Starts the child with the runtime that this process runs on, or with the executable that it is. Its
 * environment is empty and its folder holds no `.env`, so that there is nothing for it to tell.
 */
export const startJqChild: StartJqChild = () => {
  if (import.meta.url.startsWith(executableRoot)) {
    return spawnChild([jqChildArgument], dirname(process.execPath));
  }
  // The child lies beside this file: as TypeScript in a checkout, as JavaScript in a built package.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = fileURLToPath(new URL(`./child-main.${extension}`, import.meta.url));
  const runtimeArguments = "Deno" in globalThis ? ["run", "-A"] : [];
  return spawnChild([...runtimeArguments, script], dirname(script));
};

function spawnChild(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, args, {
    cwd,
    env: {},
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
}
