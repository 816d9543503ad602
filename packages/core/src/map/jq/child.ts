import type { Readable, Writable } from "node:stream";
import { createLineReader } from "./lines.ts";
import type { AnswerHeader, ReadyLine, RequestHeader } from "./protocol.ts";
import { watchParent } from "./watch-parent.ts";

/**
 * The other side of the engine: reads requests, lets jq answer them one after another, until its input
 * ends. jq runs to completion or never, so whoever started this process kills it when it takes too long.
 */
export async function runJqChild(stdin: Readable, stdout: Writable): Promise<void> {
  // Loaded here, because whoever only starts children has no use for a megabyte of WebAssembly. The
  // inline build carries it with it, so that it also works where everything is one file.
  const { loadJq } = await import("jq-wasm/inline");
  const jq = await loadJq();
  const send = (line: ReadyLine | AnswerHeader, rows = ""): void => {
    stdout.write(`${JSON.stringify(line)}\n${rows === "" ? "" : `${rows}\n`}`);
  };

  let request: RequestHeader | undefined;
  let inputs: string[] = [];
  const takeLine = (line: string): void => {
    if (request === undefined) request = JSON.parse(line) as RequestHeader;
    else inputs.push(line);
    if (inputs.length < request.lines) return;
    const [{ id, program }, input] = [request, inputs.join("\n")];
    request = undefined;
    inputs = [];
    try {
      const { stdout: rows, stderr, exitCode } = jq.raw(input, program, ["-c"]);
      send({ id, exitCode, stderr, lines: rows === "" ? 0 : countLines(rows) }, rows);
    } catch (error) {
      // Out of memory or of stack: this instance cannot be trusted any more, and is about to be replaced.
      send({ id, aborted: String(error), lines: 0 });
    }
  };

  const read = createLineReader(takeLine);
  stdin.on("data", read);
  // The first call compiles jq's built-ins; its 20 ms must not count against the first request.
  jq.raw("null", ".");
  send({ ready: jq.version });
  watchParent();
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
