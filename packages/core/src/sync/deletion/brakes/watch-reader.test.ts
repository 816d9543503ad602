import { expect, test } from "bun:test";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import { watchReader } from "./watch-reader.ts";

/** A client whose tokens are of so many users, one after another. */
function create(isFixed = false) {
  const pagerDuty = new ScriptedPagerDuty();
  let tokens = 1;
  const say = (id: string): void => {
    pagerDuty.answers["/users/me"] = { user: { id, type: "user" } };
  };
  say("PALL");
  return {
    client: {
      get: (...request: Parameters<ScriptedPagerDuty["get"]>) => pagerDuty.get(...request),
      ask: (...request: Parameters<ScriptedPagerDuty["ask"]>) => pagerDuty.ask(...request),
      ...(isFixed ? {} : { countTokens: () => tokens }),
    },
    replace: (id: string) => {
      tokens += 1;
      say(id);
    },
    asked: () => pagerDuty.requests.length,
  };
}

test("watchReader() asks once where the token stays the same, and tells whose it is", async () => {
  const { client, asked } = create(true);
  const reader = await watchReader(client);
  expect(asked()).toBe(0);
  expect([await reader.settle(), reader.isSame(), asked()]).toEqual(["PALL", true, 1]);
});

test("watchReader() takes a token of the same owner for the same reader", async () => {
  const { client, replace } = create();
  const reader = await watchReader(client);
  replace("PALL");
  expect([await reader.settle(), reader.isSame()]).toEqual(["PALL", true]);
});

test("watchReader() does not know the reader where another's token read a part of it", async () => {
  const { client, replace } = create();
  const other = await watchReader(client);
  replace("PTEAM");
  expect(await other.settle()).toBeUndefined();
  // Another's, and the first again: what was read in between is not known.
  const between = await watchReader(client);
  replace("PALL");
  replace("PTEAM");
  expect(await between.settle()).toBeUndefined();
});

test("watchReader() sees that the token was replaced after it was told whose it is", async () => {
  const { client, replace } = create();
  const reader = await watchReader(client);
  expect(await reader.settle()).toBe("PALL");
  expect(reader.isSame()).toBe(true);
  replace("PTEAM");
  expect(reader.isSame()).toBe(false);
});
