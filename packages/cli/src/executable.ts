/**
 * What the single-file executable runs. It starts itself again for jq, with the argument that
 * `startJqChild()` of core gives.
 */
import process from "node:process";

void (process.argv[2] === "jq-child" ? runJq() : import("./main.ts"));

async function runJq(): Promise<void> {
  const { runJqChild } = await import("@pagerport/core");
  await runJqChild(process.stdin, process.stdout);
}
