import { expect, test } from "bun:test";
import { endOptions, runtimes } from "../support/runtimes.ts";

const script = `${import.meta.dir}/zones-smoke.ts`;

for (const [runtime, command] of Object.entries(runtimes)) {
  test(
    `moments in a zone are the same on ${runtime}, whatever zone it is in`,
    async () => {
      const child = Bun.spawn([...command, script], {
        env: { ...process.env, TZ: "America/New_York" },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [printed, complaint] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      expect([await child.exited, complaint]).toEqual([0, expect.any(String)]);
      expect(JSON.parse(printed)).toEqual({
        moments: [
          "2026-12-15T16:00:00.000Z",
          "2026-12-15T15:00:00.000Z",
          "2026-12-15T07:00:00.000Z",
          "2026-12-15T09:00:00.000Z",
        ],
        skipped: expect.stringContaining(
          "clocks there went from 2026-10-04 02:00 to 2026-10-04 02:30",
        ),
        unknown: null,
        titles: ["01 Nov  6:05 am UTC"],
      });
    },
    endOptions(runtime),
  );
}
