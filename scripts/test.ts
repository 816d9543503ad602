/**
 * `bun run test`: runs every test and ends with one line, `N passed, N failed`.
 * `--long` is the same tests in the sizes that the reliability figures come from.
 * Other arguments go to `bun test` (a file, `-t name`).
 */
const long = process.argv.includes("--long");
const rest = process.argv.slice(2).filter((argument) => argument !== "--long");

/** Long tests kill and restart processes for minutes; short ones stay far below this. */
const timeoutMilliseconds = long ? 1_800_000 : 60_000;

const child = Bun.spawn(["bun", "test", `--timeout=${timeoutMilliseconds}`, ...rest], {
  cwd: `${import.meta.dir}/..`,
  env: { ...process.env, PAGERPORT_TEST_SIZE: long ? "long" : "short" },
  stdout: "inherit",
  stderr: "pipe",
});

let tail = "";
for await (const chunk of child.stderr) {
  process.stderr.write(chunk);
  tail = (tail + new TextDecoder().decode(chunk)).slice(-4096);
}
const code = await child.exited;
const count = (word: string): number =>
  Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);

const skipped = count("skip") + count("todo");
// A crash of the runner itself counts as a failure even where every test that ran has passed.
const failed = Math.max(count("fail"), code === 0 ? 0 : 1);
process.stdout.write(
  `${count("pass")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exit(code === 0 && failed === 0 ? 0 : 1);
