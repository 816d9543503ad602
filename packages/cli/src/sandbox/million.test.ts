import { expect, test } from "bun:test";
import { ask } from "./ask-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const now = "2026-06-30T00:00:00Z";
const million = 1_000_000;

test("windows of a million incidents add up exactly, and ids lead back to their incidents", async () => {
  await using sandbox = await startSandbox({ incidents: million, now, untilExclusive: true });
  const step = 150 * 86_400_000;
  const begin = Date.parse("2023-06-30T00:00:00Z");
  let sum = 0;
  for (let from = begin; from < Date.parse(now); from += step) {
    const since = new Date(from).toISOString();
    const until = new Date(Math.min(from + step, Date.parse(now))).toISOString();
    const { body } = await ask(sandbox, "/incidents", { since, until, total: "true", limit: 1 });
    sum += body.total ?? 0;
    const incident = body.incidents[0];
    const found = await ask(sandbox, `/incidents/${incident?.id}`);
    expect(found.body.incident).toEqual(incident ?? found.body.incident);
  }
  expect(sum).toBe(million);
});

test("open incidents of a million are found by their status", async () => {
  await using sandbox = await startSandbox({ incidents: million, now });
  const count = async (status: string): Promise<number> =>
    (await ask(sandbox, "/incidents", { date_range: "all", total: "true", "statuses[]": status }))
      .body.total ?? 0;
  const open = (await count("triggered")) + (await count("acknowledged"));
  expect(open).toBeWithin(50, 2000);
  expect(open + (await count("resolved"))).toBe(million);
});
