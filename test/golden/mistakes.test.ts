import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { MappingError, parseMapping, parseWebhookConfig } from "@pagerport/core";

/**
 * Every document in `mistakes/` has a `.txt` beside it with the messages that it must give, word by word.
 * After a change of words: PAGERPORT_UPDATE_GOLDEN=1 bun test test/golden/mistakes.test.ts
 */
const folder = `${import.meta.dir}/mistakes`;
const names = readdirSync(folder).filter((name) => !name.endsWith(".txt"));

test.each(names)("parseMapping() tells every mistake of %s, where it is", async (name) => {
  const file = `${folder}/${name}`;
  const golden = `${file}.txt`;
  const messages = await mistakesOf(name, await Bun.file(file).text());
  if (process.env["PAGERPORT_UPDATE_GOLDEN"] === "1") await Bun.write(golden, messages);
  expect(messages).toBe(await Bun.file(golden).text());
});

test("parseMapping() places the mistakes of an object by path", async () => {
  const error = await rejectionOf(
    parseMapping({ resources: [{ kind: "service", selector: { query: ".a |" } }] }),
  );
  expect(error.mistakes.map(({ file, line, column }) => [file, line, column])).toEqual([
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ]);
  expect(error.message.split("\n")).toEqual([
    'resources[0].kind: "service" is not a list of PagerDuty; did you mean services?',
    "resources[0]: port is missing",
    "resources[0].selector.query: not valid jq: syntax error, unexpected end of file (line 1, column 4): .a |",
  ]);
});

async function mistakesOf(file: string, text: string): Promise<string> {
  const parse = file.startsWith("webhook") ? parseWebhookConfig : parseMapping;
  const error = await rejectionOf(parse(text, { file }));
  return `${error.message}\n`;
}

async function rejectionOf(promise: Promise<unknown>): Promise<MappingError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MappingError) return error;
    throw error;
  }
  throw new Error("No mistake was found");
}
