import { expect, test } from "bun:test";
import { FakeClock } from "../../../core/src/testing/fake-clock.ts";
import type { Log } from "../ui/log.ts";
import { watchOpenFiles } from "./watch-open-files.ts";

/** Open files at each look, and what is said and asked of answers then; the limit is 100. */
const looks: readonly (readonly [number, string | undefined, boolean])[] = [
  [10, undefined, false],
  [74, undefined, false],
  [75, "warn", true],
  [70, undefined, true],
  [95, undefined, true],
  [96, "error", true],
  [90, undefined, true],
  [100, undefined, true],
  [74, "warn", true],
  [67, undefined, true],
  [66, "info", false],
  [100, "error", true],
  [20, "info", false],
];

test("watchOpenFiles() says once that files run short, and when they do not any more", async () => {
  const clock = new FakeClock();
  const ended = new AbortController();
  const said: string[] = [];
  const say = (level: string) => () => void said.push(level);
  const log = { info: say("info"), warn: say("warn"), error: say("error") } as unknown as Log;
  let open = 10;
  const read = (): { open: number; limit: number } => ({ open, limit: 100 });
  const files = watchOpenFiles({ clock, log, signal: ended.signal, read });
  expect(files.mostConnections).toBe(65);
  for (const [count, level, isTight] of looks) {
    open = count;
    await clock.advance(1000);
    expect([count, said.splice(0), files.isTight]).toEqual([count, level ? [level] : [], isTight]);
  }
  ended.abort();
  await clock.settle();
  expect(clock.sleeping).toBe(0);
});

test("watchOpenFiles() minds nothing where the system does not tell", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const files = watchOpenFiles({ clock, log: {} as Log, signal, read: () => undefined });
  await clock.advance(5000);
  expect([files.isTight, files.mostConnections, clock.sleeping]).toEqual([false, undefined, 0]);
});
