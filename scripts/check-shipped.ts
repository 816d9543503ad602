/**
 * `bun run check:shipped`: what is handed out, as whoever gets it will run it: the packages on every runtime,
 * the executable in a bare root, the image, and the pipelines and values of `deploy/` with the executable.
 */
import { join } from "node:path";
import { executablePath } from "./build-executable.ts";

const root = join(import.meta.dir, "..");
const long = { PAGERPORT_TEST_SIZE: "long" };

await run(["bun", "scripts/check-packed.ts"]);
await run(["bun", "scripts/check-executable.ts"]);
await run(["bun", "test", "test/deploy"], { ...long, PAGERPORT_ENTRY: executablePath });
await run(["bun", "scripts/check-container.ts"]);

async function run(command: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const code = await child.exited;
  if (code !== 0) process.exit(code);
}
