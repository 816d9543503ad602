/** Starts a jq process, prints its id, sets it to work that never ends, and dies without a word. */
import process from "node:process";
import { createJqEngine } from "../../packages/core/src/map/jq/engine.ts";
import { startJqChild } from "../../packages/core/src/map/jq/start-child.ts";

const engine = createJqEngine({
  startChild: () => {
    const child = startJqChild();
    process.stdout.write(`${child.pid ?? 0}\n`);
    return child;
  },
});
await engine.run("1", ["1"], 10_000);
setTimeout(() => process.kill(process.pid, "SIGKILL"), 200);
await engine.run("repeat(.) | empty", ["1"], 60_000);
