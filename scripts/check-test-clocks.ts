/**
 * Tests begin at a fixed time: one that passes at this hour passes at every other. So a test, and what helps
 * tests, reads the machine's clock only where {@link testClockExceptions} says why.
 */
import { Glob } from "bun";
import { testClockExceptions } from "./test-clock-exceptions.ts";

/** What reads the machine's clock, and what is to be used in its place. */
const rules: readonly (readonly [pattern: RegExp, name: string, instead: string])[] = [
  [/(?<![\w.])Date\.now\b/, "Date.now()", "testClock.now() of core/src/testing/test-clock.ts"],
  [/(?<![\w.])Date\(\)/, "new Date()", "new Date(testClock.now())"],
  [/\bsystemClock\b/, "systemClock", "testClock of core/src/testing/test-clock.ts, or a FakeClock"],
  [
    /\b(performance\.(now|timeOrigin)|process\.(hrtime|uptime)|Bun\.nanoseconds)\b/,
    "the time that the machine took",
    "counts: how fast a machine is says nothing of the code",
  ],
  [
    /\bimport \{[^}]*\bstartSandbox\b[^}]*\} from "(@pagerport\/cli\/sandbox|[^"]*(?<!\/testing)\/(start-sandbox|index)\.ts)"/,
    "a sandbox at the machine's time",
    "startSandbox of cli/src/testing/start-sandbox.ts",
  ],
  [
    /\bawait openStore\((\)|\{\s*shiftClock\b)/,
    "a store at the machine's time",
    "openTestStore of core/src/testing/open-test-store.ts",
  ],
];

const root = `${import.meta.dir}/..`;
const patterns = ["packages/*/src/**/*.test.ts", "packages/*/src/testing/**/*.ts", "test/**/*.ts"];
const unused = new Set(Object.keys(testClockExceptions));
const problems: string[] = [];

for (const pattern of patterns) {
  for await (const path of new Glob(pattern).scan(root)) {
    const code = removeComments(await Bun.file(`${root}/${path}`).text());
    const broken = rules.filter(([search]) => search.test(code));
    if (broken.length > 0 && unused.delete(path)) continue;
    if (path in testClockExceptions) continue;
    for (const [, name, instead] of broken) {
      problems.push(`${path}: reads ${name}; use ${instead}`);
    }
  }
}
for (const path of unused) {
  problems.push(`scripts/test-clock-exceptions.ts: ${path} does not read the machine's clock`);
}

if (problems.length > 0) {
  const advice =
    "Where real processes are involved, name the file in scripts/test-clock-exceptions.ts";
  process.stderr.write(`${problems.toSorted().join("\n")}\n${advice}, with the reason.\n`);
  process.exit(1);
}

function removeComments(code: string): string {
  return code.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
