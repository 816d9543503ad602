/** Lines shown of one failed test, the last ones: the error's text and its place stand at the end. */
const linesShown = 60;

/** A line that ends what belonged to an earlier test. */
const boundary = /^\((?:pass|fail|skip|todo)\) |^\S+\.test\.tsx?:$/u;

/** What stands before an error that belongs to no test: it keeps the file's other tests from running. */
const unhandled = "# Unhandled error between tests";
/** What stands before and after the text of such an error. */
const rule = /^-{10,}$/u;

/**
 * Lists what the failed tests of one `bun test` run printed: each one's lines since the test before it,
 * with its file's name first and its own (`(fail) name [ms]`) last. An error between tests is one, too.
 */
export function listFailures(output: string): string[] {
  const failures: string[] = [];
  let file = "";
  let since: string[] = [];
  let rules = 0;
  for (const line of output.split("\n")) {
    if (line === unhandled) {
      since = [];
      rules = 2;
    }
    since.push(line);
    if (rules > 0 && rule.test(line)) {
      rules -= 1;
      if (rules === 0) failures.push([file, ...since.slice(-linesShown)].join("\n").trim());
    }
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
