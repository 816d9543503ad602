/**
 * `bun run build:executable`: the command line, its runtime and jq as one file, `dist/pagerport`. It needs
 * glibc, and nothing else of the machine.
 */
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** Where the executable is written. */
export const executablePath = join(root, "dist/pagerport");

/** Writes the executable for this machine's system and processor. @returns its size in bytes */
export async function buildExecutable(): Promise<number> {
  const child = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      "--minify",
      "--sourcemap=none",
      // Settings come from where they are documented to come from, not from files that lie around.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // What pg would use in the place of sockets and of its own protocol, elsewhere; it may not be installed.
      "--external=pg-cloudflare",
      "--external=pg-native",
      "--outfile",
      executablePath,
      join(root, "packages/cli/src/executable.ts"),
    ],
    { cwd: root, stdout: "pipe", stderr: "pipe" },
  );
  if ((await child.exited) !== 0) {
    throw new Error(`bun build failed: ${await new Response(child.stderr).text()}`);
  }
  return Bun.file(executablePath).size;
}

if (import.meta.main) {
  const size = await buildExecutable();
  process.stderr.write(`Built dist/pagerport, ${(size / 1_000_000).toFixed(1)} MB.\n`);
}
