/** Parses the JSON text of its argument and prints it again. Started by the tests on every runtime, unbuilt. */
import process from "node:process";
import { parseWellFormedJson } from "../../packages/core/src/parse-json.ts";

process.stdout.write(`${JSON.stringify(parseWellFormedJson(process.argv[2] ?? ""))}\n`);
