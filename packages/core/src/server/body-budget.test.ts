import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import {
  bodyPatience,
  type BodyShare,
  budgetBytes,
  createBodyBudget,
  smallBody,
} from "./body-budget.ts";

const mib = 1024 * 1024;

interface Sender {
  readonly announced?: number;
  /** Bytes of each piece that arrives. */
  readonly pieces: readonly number[];
  /** Gives back what it holds, be it read whole or broken off. */
  readonly ends?: boolean;
  /** Milliseconds that pass before it begins. */
  readonly after?: number;
  readonly times?: number;
}

interface Case {
  readonly senders: readonly Sender[];
  /** Answers to the last piece of the last sender, and bodies that gave way to it. */
  readonly expected: { readonly has: boolean; readonly lost: number };
  readonly used: { readonly small: number; readonly large: number };
}

const fullLarge = { announced: mib, pieces: [mib], times: 24 };
const fullSmall = { announced: smallBody, pieces: [smallBody], times: 128 };

const cases: Readonly<Record<string, Case>> = {
  "large bodies up to exactly their part": {
    senders: [fullLarge],
    expected: { has: true, lost: 0 },
    used: { small: 0, large: 24 * mib },
  },
  "no byte more of a large one": {
    senders: [fullLarge, { announced: mib, pieces: [1] }],
    expected: { has: false, lost: 0 },
    used: { small: 0, large: 24 * mib },
  },
  "a small one beside all the large ones": {
    senders: [fullLarge, { announced: smallBody, pieces: [smallBody] }],
    expected: { has: true, lost: 0 },
    used: { small: smallBody, large: 24 * mib },
  },
  "small ones up to exactly their quarter": {
    senders: [fullSmall],
    expected: { has: true, lost: 0 },
    used: { small: 8 * mib, large: 0 },
  },
  "a small one more: the first gives way at once": {
    senders: [fullSmall, { announced: 9, pieces: [1] }],
    expected: { has: true, lost: 1 },
    used: { small: 8 * mib - smallBody + 1, large: 0 },
  },
  "a large one gives way to another that comes a second later": {
    senders: [fullLarge, { announced: mib, pieces: [10], after: bodyPatience }],
    expected: { has: true, lost: 1 },
    used: { small: 0, large: 23 * mib + 10 },
  },
  "and not a moment before": {
    senders: [fullLarge, { announced: mib, pieces: [10], after: bodyPatience - 1 }],
    expected: { has: false, lost: 0 },
    used: { small: 0, large: 24 * mib },
  },
  "what is announced and does not arrive counts nothing": {
    senders: [{ announced: mib, pieces: [], times: 1000 }, fullLarge],
    expected: { has: true, lost: 0 },
    used: { small: 0, large: 24 * mib },
  },
  "one byte at a time": {
    senders: [{ announced: 1000, pieces: Array<number>(1000).fill(1) }],
    expected: { has: true, lost: 0 },
    used: { small: 1000, large: 0 },
  },
  "one of unknown length is small up to 64 KiB": {
    senders: [{ pieces: [smallBody] }],
    expected: { has: true, lost: 0 },
    used: { small: smallBody, large: 0 },
  },
  "and large from there on": {
    senders: [{ pieces: [smallBody, 1] }],
    expected: { has: true, lost: 0 },
    used: { small: 0, large: smallBody + 1 },
  },
  "one that says it were small, and is not, finds no room among full large ones": {
    senders: [fullLarge, { announced: 9, pieces: [smallBody, 1] }],
    expected: { has: false, lost: 0 },
    used: { small: smallBody, large: 24 * mib },
  },
  "those that end, or break off, give back their share": {
    senders: [{ ...fullLarge, ends: true }, { ...fullSmall, ends: true }, fullLarge],
    expected: { has: true, lost: 0 },
    used: { small: 0, large: 24 * mib },
  },
};

for (const [title, { senders, expected, used }] of Object.entries(cases)) {
  test(`createBodyBudget() has room: ${title}`, async () => {
    const clock = new FakeClock();
    const budget = createBodyBudget({ clock });
    let lost = 0;
    let has = true;
    for (const { announced, pieces, ends = false, after = 0, times = 1 } of senders) {
      await clock.advance(after);
      for (let time = 0; time < times; time += 1) {
        const share = budget.begin(announced, () => (lost += 1));
        for (const piece of pieces) has = share.take(piece);
        if (ends) share.end();
      }
    }
    expect({ has, lost }).toEqual(expected);
    expect(budget.used).toEqual(used);
    expect(used.small + used.large).toBeLessThanOrEqual(budgetBytes);
  });
}

test("createBodyBudget() gives nothing to a body that lost its share, and takes nothing back twice", () => {
  const budget = createBodyBudget({ clock: new FakeClock() });
  const shares: BodyShare[] = [];
  for (let count = 0; count < 129; count += 1) {
    const share = budget.begin(undefined, () => undefined);
    expect(share.take(smallBody)).toBe(true);
    shares.push(share);
  }
  expect(shares[0]?.take(1)).toBe(false);
  for (const share of [...shares, ...shares]) share.end();
  expect(budget.used).toEqual({ small: 0, large: 0 });
});

test("createBodyBudget() refuses the 97th large body unread, until the first has had its second", async () => {
  const clock = new FakeClock();
  const budget = createBodyBudget({ clock });
  let lost = 0;
  for (let count = 0; count < 96; count += 1) {
    expect(budget.refuses(smallBody + 1)).toBe(false);
    budget.begin(smallBody + 1, () => (lost += 1));
  }
  expect([budget.refuses(smallBody + 1), budget.refuses(smallBody), lost]).toEqual([
    true,
    false,
    0,
  ]);
  expect(budget.refuses(undefined)).toBe(false);
  await clock.advance(bodyPatience);
  expect([budget.refuses(smallBody + 1), lost]).toEqual([false, 1]);
});
