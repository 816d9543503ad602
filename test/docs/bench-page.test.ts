import { expect, test } from "bun:test";
import { writeBenchPage } from "../../scripts/bench-page.ts";
import { createRatioTable, formatText, formatTimes } from "../../scripts/bench-table.ts";

const table = {
  title: "Imports",
  columns: ["store", "objects a second"],
  rows: [
    ["SQLite | file", "9,700"],
    ["PostgreSQL", "–"],
  ],
};
const run = {
  size: "page",
  startedAt: new Date("2026-01-02T23:59:59Z"),
  machine: [["CPU", "a fast one"]],
  results: [
    {
      name: "import",
      title: "Import",
      method: "It is measured.",
      tables: [table, createRatioTable([{ what: "a to b", value: formatTimes(2), aim: "3 ×" }])],
      seconds: 61.7,
    },
  ],
} as const;

test("writeBenchPage() writes machine, method, tables and ratios", () => {
  const page = writeBenchPage(run);
  expect(page.slice(page.indexOf("## Machine"))).toBe(`## Machine

| what | which |
|---|---|
| date | 2026-01-02 |
| duration | 1 min 1 s |
| CPU | a fast one |

## Import

\`bun run bench import\`. It is measured.

### Imports

| store | objects a second |
|---|--:|
| SQLite \\| file | 9,700 |
| PostgreSQL | – |

### Ratios

| of what | measured | aim |
|---|--:|--:|
| a to b | 2.0 × | 3 × |
`);
});

test("writeBenchPage() says of a quick run that its figures are of no use", () => {
  expect(writeBenchPage(run)).not.toContain("--quick");
  expect(writeBenchPage({ ...run, size: "quick" })).toContain("**These figures are of no use**");
});

test("formatText() sets numbers to the right", () => {
  expect(formatText(table)).toBe(
    "Imports\n  store           objects a second\n  SQLite | file              9,700\n  PostgreSQL                     –\n",
  );
});
