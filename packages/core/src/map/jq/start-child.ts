import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/**
 * Starts a process that runs `runJqChild` on its stdin and stdout, which must be pipes. Whoever packs
 * everything into one executable gives a function of their own, which starts that executable again.
 */
export type StartJqChild = () => ChildProcess;

/**
 * Starts the child with the runtime that this process runs on. Its environment is empty and its folder
 * holds no `.env`, so that there is nothing for it to tell.
 */
export const startJqChild: StartJqChild = () => {
  // The child lies beside this file: as TypeScript in a checkout, as JavaScript in a built package.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = fileURLToPath(new URL(`./child-main.${extension}`, import.meta.url));
  const runtimeArguments = "Deno" in globalThis ? ["run", "-A"] : [];
  return spawn(process.execPath, [...runtimeArguments, script], {
    cwd: dirname(script),
    env: {},
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
};
