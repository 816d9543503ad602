import { expect, test } from "bun:test";
import { ForeignHostError, NetworkError } from "../../errors.ts";
import type { Mapping } from "../../map/mapping.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import type { CheckedHosts } from "./check-hosts.ts";
import { createHostsGuard } from "./hosts-guard.ts";

const minute = 60_000;
const own: CheckedHosts = {
  account: { name: "acme", host: "acme.pagerduty.com" },
  organization: undefined,
  warnings: [],
  remember: () => Promise.resolve(),
};
const mapping = { resources: [] } as unknown as Mapping;
const down = new NetworkError("down", { host: "PagerDuty", method: "GET", url: "https://x" });

function create() {
  const clock = new FakeClock();
  const told: string[] = [];
  let answer: CheckedHosts | Error = own;
  let looks = 0;
  const guard = createHostsGuard({
    clock,
    check: async () => {
      looks += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onOpen: () => told.push("open"),
    onRefuse: ({ message }) => told.push(message),
  });
  const { signal } = new AbortController();
  const look = (isForRun = false) => guard.look({ mapping, signal, isForRun });
  return {
    guard,
    told,
    look,
    looks: () => looks,
    advance: (milliseconds: number) => clock.advance(milliseconds),
    answerWith: (next: CheckedHosts | Error) => {
      answer = next;
    },
  };
}

test("createHostsGuard() is shut until a look, and open at once where there is nothing to check", async () => {
  const { guard, look } = create();
  expect(guard.isOpen).toBe(false);
  await look();
  expect(guard.isOpen).toBe(true);
  const none = createHostsGuard({
    clock: new FakeClock(),
    check: undefined,
    onOpen: () => undefined,
    onRefuse: () => undefined,
  });
  expect(none.isOpen).toBe(true);
});

test("createHostsGuard() looks every ten minutes, and before a run after one", async () => {
  const { look, looks, advance } = create();
  await look();
  await look();
  await look(true);
  expect(looks()).toBe(1);
  await advance(minute);
  await look();
  expect(looks()).toBe(1);
  await look(true);
  expect(looks()).toBe(2);
  await advance(10 * minute);
  await look();
  expect(looks()).toBe(3);
});

test("createHostsGuard() shuts for another's hosts, looks every minute and opens again", async () => {
  const { guard, told, look, looks, advance, answerWith } = create();
  await look();
  answerWith(new ForeignHostError("another's"));
  await advance(10 * minute);
  await look();
  expect([guard.isOpen, guard.refusal?.message]).toEqual([false, "another's"]);
  await look(true);
  expect(looks()).toBe(2);
  answerWith(own);
  await advance(minute);
  await look();
  expect([guard.isOpen, guard.refusal]).toEqual([true, undefined]);
  expect(told).toEqual(["open", "another's", "open"]);
});

test("createHostsGuard() stays as it was while a host does not answer", async () => {
  const { guard, look, looks, advance, answerWith } = create();
  answerWith(down);
  expect(look()).rejects.toBe(down);
  await look();
  expect([guard.isOpen, looks()]).toEqual([false, 1]);
  answerWith(own);
  await advance(5000);
  await look();
  expect(guard.isOpen).toBe(true);
  answerWith(down);
  await advance(minute);
  expect(look(true)).rejects.toBe(down);
  expect(guard.isOpen).toBe(true);
});

test("createHostsGuard() asks a host that does not answer less and less often", async () => {
  const { look, looks, advance, answerWith } = create();
  answerWith(down);
  const asked: number[] = [];
  for (let seconds = 0; seconds < 200; seconds += 1) {
    const before = looks();
    await look().catch(() => undefined);
    if (looks() > before) asked.push(seconds);
    await advance(1000);
  }
  expect(asked).toEqual([0, 5, 15, 35, 75, 135, 195]);
});

test("createHostsGuard() lets nobody write before a look, however lately one failed", async () => {
  const { guard, look, answerWith } = create();
  const wanted = { mapping, signal: new AbortController().signal };
  answerWith(down);
  await look().catch(() => undefined);
  expect(guard.ensure(wanted)).rejects.toBe(down);
  const foreign = new ForeignHostError("another's");
  answerWith(foreign);
  expect(guard.ensure(wanted)).rejects.toBe(foreign);
  answerWith(own);
  await guard.ensure(wanted);
  expect(guard.isOpen).toBe(true);
});

test("createHostsGuard() says of an old answer that it does not do for a run, while nobody answers", async () => {
  const { look, advance, answerWith } = create();
  expect(await look(true)).toBe(true);
  await advance(minute);
  answerWith(down);
  expect(look(true)).rejects.toBe(down);
  expect([await look(true), await look()]).toEqual([false, true]);
  answerWith(own);
  await advance(5000);
  expect(await look(true)).toBe(true);
});

test("createHostsGuard() looks again as soon as there is a mapping, by which more can be told", async () => {
  const { guard, look, looks, answerWith } = create();
  const { signal } = new AbortController();
  await guard.look({ mapping: undefined, signal });
  expect([guard.isOpen, looks()]).toEqual([true, 1]);
  answerWith(new ForeignHostError("another's"));
  expect(await look(true)).toBe(false);
  expect([guard.isOpen, looks()]).toEqual([false, 2]);
});

test("createHostsGuard() shuts at once when a credential was found to be another's, and opens by a look", async () => {
  const { guard, told, look, looks, advance } = create();
  await look();
  const foreign = new ForeignHostError("another's");
  guard.shut(foreign);
  guard.shut(foreign);
  expect([guard.isOpen, guard.refusal, told]).toEqual([false, foreign, ["open", "another's"]]);
  // A person has to mend that: it is looked at again in a minute.
  expect([await look(true), looks()]).toEqual([false, 1]);
  await advance(minute);
  expect([await look(), guard.isOpen, looks()]).toEqual([true, true, 2]);
});

test("createHostsGuard() looks when another process has come to remember other hosts", async () => {
  const { look, looks, advance, answerWith } = create();
  let isCurrent = true;
  answerWith({ ...own, isCurrent: () => Promise.resolve(isCurrent) });
  await look();
  isCurrent = false;
  await look();
  expect(looks()).toBe(1);
  // A run may write everything, so that it does not wait for that.
  await look(true);
  expect(looks()).toBe(2);
  await advance(minute / 2);
  await look();
  expect(looks()).toBe(3);
});
