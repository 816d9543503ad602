/** `bun run check`: everything that must hold before a commit, in order of speed. */

type Step = { readonly name: string; readonly command: readonly string[] };

// Mends what can be mended by machine, and checks nothing else.
const write = process.argv.includes("--write");
// Without the tests: what is quick enough to run all the time.
const withoutTests = process.argv.includes("--static");

const steps: Step[] = [
  { name: "format", command: ["oxfmt", write ? "--write" : "--check", "."] },
  {
    name: "lint",
    command: ["oxlint", "--type-aware", "--deny-warnings", ...(write ? ["--fix"] : [])],
  },
  { name: "layers", command: ["bun", "scripts/check-layers.ts"] },
  { name: "test clocks", command: ["bun", "scripts/check-test-clocks.ts"] },
  { name: "types", command: ["tsc", "--project", "."] },
  { name: "dead code", command: ["knip"] },
];
if (write) steps.length = 2;
else if (!withoutTests) steps.push({ name: "tests", command: ["bun", "scripts/test.ts"] });

for (const step of steps) {
  const child = Bun.spawn(["bun", "run", "--silent", ...step.command], {
    stdout: step.name === "tests" ? "inherit" : "pipe",
    stderr: step.name === "tests" ? "inherit" : "pipe",
  });
  const printed =
    step.name === "tests" ? "" : (await readAll(child.stdout)) + (await readAll(child.stderr));
  const code = await child.exited;
  if (code !== 0) {
    process.stderr.write(`${printed}\n✗ ${step.name}\n`);
    process.exit(code);
  }
  process.stderr.write(`✓ ${step.name}\n`);
}

async function readAll(stream: ReadableStream<Uint8Array> | undefined): Promise<string> {
  return stream === undefined ? "" : new Response(stream).text();
}
