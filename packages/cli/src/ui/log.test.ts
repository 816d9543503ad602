import { expect, test } from "bun:test";
import { createLog, createLogOutput } from "./log.ts";

const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function create(isTTY: boolean, level: Parameters<typeof createLog>[0]["level"] = "debug") {
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(text), isTTY, columns: 80 };
  return { log: createLog({ output, level, now }), lines };
}

test("createLog() writes one JSON object a line where there is no terminal", () => {
  const { log, lines } = create(false);
  log.info("Event applied", { event: "01F", ms: 12, error: undefined });
  log.warn("a\nb");
  expect(lines).toEqual([
    '{"time":"2026-01-02T03:04:05.006Z","level":"info","message":"Event applied","event":"01F","ms":12}\n',
    '{"time":"2026-01-02T03:04:05.006Z","level":"warning","message":"a\\nb"}\n',
  ]);
});

test("createLog() writes lines for a person on a terminal, and nothing that moves its cursor", () => {
  const { log, lines } = create(true);
  log.info("Event applied", { event: "01F", ms: 12, error: undefined, reason: "" });
  log.error("broken\u001B[2K\n", { why: "two words", type: "\u0007x" });
  expect(lines).toEqual([
    '03:04:05 info     Event applied  event=01F  ms=12  reason=""\n',
    '03:04:05 error    broken [2K   why="two words"  type=" x"\n',
  ]);
});

test.each([
  ["debug", 4],
  ["info", 3],
  ["warning", 2],
  ["error", 1],
  ["critical", 0],
] as const)("createLog() of level %s tells %i of four", (level, count) => {
  const { log, lines } = create(false, level);
  log.debug("a");
  log.info("a");
  log.warn("a");
  log.error("a");
  expect(lines).toHaveLength(count);
});

test("createLogOutput() tells each line by itself", () => {
  const told: string[] = [];
  createLogOutput((message) => told.push(message)).write("one.\n\n  two\n");
  expect(told).toEqual(["one.", "two"]);
});
