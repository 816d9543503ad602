import type { LineOutput } from "@pagerport/core";
import type { Output } from "./context.ts";

/** Lines on stdout instead of in a file. */
export function createStdoutLines(stdout: Output): LineOutput {
  let pending: string[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append: (line) => void pending.push(line),
    flush() {
      if (pending.length === 0) return Promise.resolve();
      const text = `${pending.join("\n")}\n`;
      length += text.length;
      pending = [];
      stdout.write(text);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
