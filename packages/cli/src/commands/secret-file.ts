import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, describeError, FileError } from "@pagerport/core";
import { readInput } from "../read-input.ts";
import type { CliContext } from "../context.ts";

/** A file that a secret is written to: nobody else may read it, and nothing is ever overwritten. */
export interface SecretFile {
  readonly path: string;
  /** On disk when it returns. */
  write(secret: string): void;
  /** Closes it; one that nothing was written to is removed. */
  close(): void;
}

/**
 * Makes the file, before there is a secret: one that cannot be kept is lost.
 *
 * @throws {ConfigError} where it is there already, or cannot be made
 */
export function openSecretFile(name: string, context: CliContext): SecretFile {
  const path = resolve(context.cwd, name);
  const file = create(path);
  let isWritten = false;
  return {
    path,
    write(secret) {
      try {
        writeSync(file, `${secret}\n`);
        fsyncSync(file);
        isWritten = true;
      } catch (error) {
        throw new FileError(`Cannot write ${path}: ${describeError(error)}`, { path });
      }
    },
    close() {
      closeSync(file);
      if (!isWritten) rmSync(path, { force: true });
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    throw new ConfigError(
      `Cannot make the file of the secret: ${describeError(error)}. It is never overwritten`,
      { setting: "--secret-file", cause: error },
    );
  }
}

/**
 * A secret out of a file, or stdin (`-`), without white space around it.
 *
 * @throws {ConfigError} where there is none in it
 */
export async function readSecret(name: string, context: CliContext): Promise<string> {
  const secret = (await readInput(name, "--secret-file", context)).trim();
  if (secret !== "" && !/\s/.test(secret)) return secret;
  const where = name === "-" ? "stdin" : name;
  throw new ConfigError(`${where} must hold one secret and nothing else`, {
    setting: "--secret-file",
  });
}
