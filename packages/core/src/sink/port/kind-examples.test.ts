import { expect, test } from "bun:test";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { createKindExamples, reportKindExamples } from "./kind-examples.ts";

function createObjects(from: number, to: number): { id: string; token: string }[] {
  return Array.from({ length: to - from }, (_, place) => ({ id: `P${from + place}`, token: "t" }));
}

test("reportKindExamples() sends the first five of each kind, without their secrets", async () => {
  const examples = createKindExamples();
  const first = createObjects(0, 3);
  examples.keep("services", first);
  examples.keep("services", createObjects(3, 10));
  examples.keep("users", []);
  examples.keep("license/allocations", createObjects(0, 1));
  expect(first).toEqual(createObjects(0, 3));

  const port = new ScriptedPort();
  await reportKindExamples(port, { integrationIdentifier: "mine", examples });
  expect(port.requests).toEqual([
    {
      method: "POST",
      path: "/integration/mine/kinds/services/examples",
      body: {
        examples: ["P0", "P1", "P2", "P3", "P4"].map((id) => ({ id, token: "[REDACTED]" })),
      },
      signal: undefined,
    },
    {
      method: "POST",
      path: "/integration/mine/kinds/license%2Fallocations/examples",
      body: { examples: [{ id: "P0", token: "[REDACTED]" }] },
      signal: undefined,
    },
  ]);
});
