import { expect, test } from "bun:test";
import { createContext } from "./testing/create-context.ts";
import { createProgram } from "./create-program.ts";
import { createOverview } from "./overview.ts";

test("createOverview() prints what the commands themselves would print", () => {
  const context = createContext();
  const program = createProgram(context);
  expect(createOverview(context).helpInformation()).toBe(program.helpInformation());
  expect(createOverview(context).version()).toBe(program.version());
});
