/**
 * Prints what time it is to its runtime and to a store's database, twice, with a second between; its argument
 * is what `openStore()` takes, as JSON. Runs unbuilt on every runtime.
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { openStore } from "../packages/core/src/store/open-store.ts";
import { readTime } from "../packages/core/src/store/read-time.ts";

const store = await openStore(JSON.parse(process.argv[2] ?? "{}") as object);
const tell = async () => ({ runtime: Date.now(), store: await readTime(store.sql) });
const first = await tell();
await setTimeout(1000);
process.stdout.write(`${JSON.stringify([first, await tell()])}\n`);
await store[Symbol.asyncDispose]();
