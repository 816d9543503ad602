import { expect, test } from "bun:test";
import { createPinMemory } from "./pins.ts";
import { createSessionPins } from "./session-pins.ts";

function create() {
  let text: string | undefined;
  const memory = createPinMemory({
    readText: () => Promise.resolve(text),
    writeText: (written) => {
      text = written;
      return Promise.resolve();
    },
  });
  return { memory, session: createSessionPins(memory) };
}

test("createSessionPins() knows what a look has found before it is remembered", async () => {
  const { memory, session } = create();
  expect(await session.read()).toEqual({ account: undefined, portOrg: undefined });
  await session.note?.({ account: "acme.pagerduty.com" });
  await session.note?.({ portOrg: "org_1" });
  expect(await session.read()).toEqual({ account: "acme.pagerduty.com", portOrg: "org_1" });
  expect(await memory.read()).toEqual({});
  await session.keep({ account: "acme.pagerduty.com" });
  expect(await session.read()).toEqual({ account: "acme.pagerduty.com", portOrg: "org_1" });
});

test("createSessionPins() takes what a person accepted over what is remembered, until another is", async () => {
  const { memory, session } = create();
  await memory.keep({ account: "old.pagerduty.com", portOrg: "org_1" });
  await session.note?.({ account: "new.pagerduty.com", portOrg: "org_1" });
  expect((await session.read()).account).toBe("new.pagerduty.com");
  // Another process goes over to a third.
  await memory.keep({ account: "third.pagerduty.com" });
  const third = { account: "third.pagerduty.com", portOrg: "org_1" };
  expect(await session.read()).toEqual({ ...third, isMoved: true });
  // And this one with it.
  await session.note?.(third);
  expect(await session.read()).toEqual(third);
});
