/** Lines shown of one failed test, the last ones: the error's text and its place stand at the end. */
const linesShown = 60;

/** A line that ends what belonged to an earlier test. */
const boundary = /^\((?:pass|fail|skip|todo)\) |^\S+\.test\.tsx?:$/u;

/**
 * Lists what the failed tests of one `bun test` run printed: each one's lines since the test before it,
 * with its file's name first and its own (`(fail) name [ms]`) last.
 */
export function listFailures(output: string): string[] {
  const failures: string[] = [];
  let file = "";
  let since: string[] = [];
  for (const line of output.split("\n")) {
    since.push(line);
    if (!boundary.test(line)) continue;
    if (line.startsWith("(fail) ")) {
      failures.push([file, ...since.slice(-linesShown)].join("\n").trim());
    } else if (!line.startsWith("(")) {
      file = line;
    }
    since = [];
  }
  return failures;
}
