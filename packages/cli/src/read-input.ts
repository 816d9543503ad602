import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError, describeError } from "@pagerport/core";
import type { CliContext } from "./context.ts";

/**
 * The text of a file that the user named; `-` is stdin.
 *
 * @throws ConfigError where it cannot be read
 */
export async function readInput(
  name: string,
  setting: string,
  context: CliContext,
): Promise<string> {
  if (name === "-") return readAll(context.stdin);
  try {
    return await readFile(resolve(context.cwd, name), "utf8");
  } catch (error) {
    throw new ConfigError(`Cannot read ${name}: ${describeError(error)}`, {
      setting,
      cause: error,
    });
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
