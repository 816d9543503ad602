import { expect, test } from "bun:test";
import { findWrongData } from "../../scripts/docs/check-data.ts";
import { findBrokenLinks } from "../../scripts/docs/check-links.ts";
import { findUnknownNames } from "../../scripts/docs/check-mentions.ts";
import { matchesJson, matchesText } from "../../scripts/docs/compare-output.ts";
import { readDocument } from "../../scripts/docs/read-document.ts";
import { runDocument } from "../../scripts/docs/run-document.ts";

/** What checks the guides must itself find what is wrong with one. */

const root = `${import.meta.dir}/../..`;

test("readDocument() takes blocks apart, in lists too", () => {
  const text = "# A\n\n1. b\n\n   ```sh exit=3\n   c\n     d\n   ```\ne\n";
  const { blocks, prose } = readDocument("a.md", text);
  expect(blocks).toEqual([
    { line: 5, language: "sh", words: new Map([["exit", "3"]]), text: "c\n  d\n" },
  ]);
  expect(prose.filter((line) => line !== "")).toEqual(["# A", "1. b", "e"]);
  expect(() => readDocument("a.md", "```sh\nb\n")).toThrow("a.md:1: this block has no end");
});

test.each([
  ["a\nb\n", "a\nb", true],
  ["a\nb\n", "a", false],
  ["took 5 ms, 3 requests\n", "took … ms, 3 requests", true],
  ["took 5 ms\n", "took … s", false],
  ["a\nb\nc\n", "a\n…\nc", true],
  ["a\nb\nc\n", "…\nd", false],
  ["(a)\n", "(a)", true],
])("matchesText() of %j and %j is %p", (printed, shown, is) => {
  expect(matchesText(printed, shown)).toBe(is);
});

test("matchesJson() compares values, not how they are laid out", () => {
  expect(matchesJson('{"a":1}\n', '{\n  "a": 1\n}')).toBe(true);
  expect(matchesJson('{"a":1}\n{"b":2}\n', '{ "a": 1 }\n{ "b": 2 }')).toBe(true);
  expect(matchesJson('{"a":1}\n', '{"a":2}')).toBe(false);
  expect(matchesJson("not json\n", '{"a":2}')).toBe(false);
});

test("findBrokenLinks() and findUnknownNames() find what is not there", () => {
  const text = [
    "[a](mapping.md#kinds) [b](mapping.md#nothing) [c](none.md) [d](https://example.com)",
    "`pagerport sync --dry-run`, `pagerport sync --dry`, `pagerport snyc`, `pagerport webhook lsit`",
    "`PD_TOKEN_FILE`, `PAGERPORT_LISTENS=1`, `OCEAN__PORT__BASE_URL`, `OCEAN__PORTS`",
  ].join("\n");
  const document = readDocument("docs/a.md", text);
  expect(findBrokenLinks(document, root)).toEqual([
    "docs/a.md:1: the link mapping.md#nothing leads nowhere",
    "docs/a.md:1: the link none.md leads nowhere",
  ]);
  expect(findUnknownNames(document)).toEqual([
    "docs/a.md:2: pagerport sync --dry has no --dry",
    "docs/a.md:2: there is no pagerport snyc",
    "docs/a.md:2: there is no pagerport webhook lsit",
    "docs/a.md:3: there is no setting PAGERPORT_LISTENS",
    "docs/a.md:3: there is no setting OCEAN__PORTS",
  ]);
});

test("findWrongData() finds a mapping, a setting and a JSON that are wrong", async () => {
  const text = [
    "```yaml\nresources:\n  - kind: service\n```",
    "```yaml title=pagerport.yaml\nlisten: 8000\nlistne: 8000\n```",
    '```json\n{"a":}\n```',
    "```yaml\na: 1\n```",
  ].join("\n");
  const found = await findWrongData(readDocument("a.md", text));
  expect(found).toHaveLength(3);
  expect(found[0]).toContain("did you mean services?");
  expect(found[1]).toContain("there is no setting 'listne'");
});

test("runDocument() finds a block that fails, and an output that is another", async () => {
  const run = (text: string): Promise<string[]> =>
    runDocument(readDocument("a.md", text), root, []);
  const good =
    "```text title=a\n1\n```\n```sh\nexport B=2\n```\n```sh exit=3\ncat a; exit_code=3; (exit 3)\n```\n";
  expect(await run(`${good}\`\`\`text output\n1\n\`\`\`\n\`\`\`sh\n[ $B = 2 ]\n\`\`\`\n`)).toEqual(
    [],
  );
  expect(await run("```sh\necho a\n```\n```text output\nb\n```\n")).toEqual([
    "a.md:4 is not what is printed:\na\n",
  ]);
  expect(await run("```sh\ntrue\n```\n```sh\necho no >&2; false\n```\n")).toEqual([
    "a.md:4 failed:\nno\n",
  ]);
  expect(await run("```sh exit=3\nfalse\n```\n")).toEqual(["a.md:1 failed:\nended with 1\n"]);
  const unknown = await run("```sh\nexport WHATEVER=...\n```\n").catch(String);
  expect(unknown).toContain("no value for WHATEVER=...");
});
