import { expect, test } from "bun:test";
import { recordProduced } from "../../store/produced.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { ScriptedPagerDuty } from "../../testing/scripted-pagerduty.ts";
import { isHalfFound, recogniseAccount } from "./recognise-account.ts";

const name = (index: number): string => `PS${String(index).padStart(4, "0")}`;
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, place) => name(from + place));

/** An account that has some services, of an integration that knows some. */
async function recognise(
  there: readonly string[],
  known: readonly string[],
  refused: Readonly<Record<string, number>> = {},
) {
  await using store = await openTestStore();
  await recordProduced(
    store.sql,
    known.map((id) => ({
      object: `services/${id}`,
      resource: "services",
      entities: [{ blueprint: "service", identifier: id }],
    })),
    1,
  );
  const client = new ScriptedPagerDuty({ refused });
  client.services = there.map((id) => ({ id, name: id }));
  const recognition = await recogniseAccount({
    client,
    kinds: ["services"],
    sql: store.sql,
    integrationIdentifier: "mine",
  });
  return {
    recognition,
    isSame: recognition && isHalfFound(recognition),
    requests: client.requests.length,
  };
}

test("recogniseAccount() needs one page where the account is the same", async () => {
  for (const services of [1, 5, 15, 100, 800]) {
    const all = range(0, services);
    expect(await recognise(all, all)).toMatchObject({ isSame: true, requests: 1 });
  }
});

test("recogniseAccount() finds by id what is not on the first page", async () => {
  // 750 new services come first in the list.
  const { isSame, requests } = await recognise(range(0, 800), range(750, 800));
  expect(isSame).toBe(true);
  expect(requests).toBeLessThanOrEqual(31);
});

test("recogniseAccount() tells another account by 30 questions at most", async () => {
  for (const known of [5, 15, 800]) {
    const { isSame, requests } = await recognise(range(1000, 1800), range(0, known));
    expect(isSame).toBe(false);
    expect(requests).toBeLessThanOrEqual(31);
  }
});

test("recogniseAccount() takes half of the sample as the same account, and less as another", async () => {
  const half = await recognise(range(0, 10), range(0, 20));
  expect(half.isSame).toBe(true);
  const less = await recognise(range(0, 9), range(0, 20));
  expect(less.isSame).toBe(false);
});

test("recogniseAccount() has no answer where nothing is known", async () => {
  expect((await recognise(range(0, 10), [])).recognition).toBeUndefined();
});

test("recogniseAccount() takes a refused list, or a refused object, for no answer", async () => {
  const all = range(0, 20);
  const list = await recognise(all, all, { "/services": 402 });
  expect(list.recognition).toEqual({ kind: "services", sample: 0, found: 0 });
  // None is on the page; half of them are answered with 402, and the others are there.
  const refused = Object.fromEntries(all.slice(0, 15).map((id) => [`/services/${id}`, 402]));
  const objects = await recognise([...range(500, 600), ...all], all, refused);
  expect(objects.isSame).toBe(true);
});
