/**
 * `bun run test:hours`: runs every test at moments at which clocks do something, with one line for each. Names
 * of moments (`bun run test:hours 07:30 new-years-eve`) leave out the others.
 *
 * Programs believe in the moment by libfaketime, with all that they start: the runtimes and PostgreSQL. From
 * there time goes on as it does. Each is asked first what time it is.
 */
import { findFaketime, removeFaketimeRemains } from "./find-faketime.ts";
import { probeTime } from "./probe-time.ts";
import { chooseMoments, type Moment } from "./test-moments.ts";

const root = `${import.meta.dir}/..`;
const library = await findFaketime();
let isFailed = false;
for (const moment of chooseMoments(process.argv.slice(2), Date.now())) {
  const isPassed = await runAt(moment);
  isFailed ||= !isPassed;
  removeFaketimeRemains();
}
process.exit(isFailed ? 1 : 0);

async function runAt({ name, at }: Moment): Promise<boolean> {
  const offset = Math.round((at - Date.now()) / 1000);
  const environment = {
    LD_PRELOAD: library,
    FAKETIME: `${offset < 0 ? "" : "+"}${offset}`,
    // What waits and measures goes by the machine.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const { lines, problems } = await probeTime(environment, () => Date.now() + offset * 1000);
  process.stderr.write(`${lines.join("\n")}\n`);
  if (problems.length > 0) {
    process.stdout.write(`${name}: not run\n${problems.join("\n")}\n`);
    return false;
  }
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, "scripts/test.ts"], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) process.stderr.write(stderr);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const counts = stdout.trimEnd().split("\n").at(-1) ?? "nothing";
  process.stdout.write(`${name} (${new Date(at).toISOString()}): ${counts}, in ${seconds} s\n`);
  return code === 0;
}
