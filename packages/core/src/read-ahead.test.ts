import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { failureOf } from "./testing/failure-of.ts";
import { ReadAhead } from "./read-ahead.ts";

const sizeOf = (item: number): number => item;

/** Gives out numbers, and keeps count of what was asked for. */
class Numbers {
  asked = 0;
  isEnded = false;
  readonly #numbers: readonly number[];
  readonly #error: Error | undefined;

  constructor(numbers: readonly number[], error?: Error) {
    this.#numbers = numbers;
    this.#error = error;
  }

  async *read(): AsyncGenerator<number, void> {
    try {
      for (const number of this.#numbers) {
        this.asked += 1;
        await Promise.resolve();
        yield number;
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.isEnded = true;
    }
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

test("ReadAhead reads before anybody asks, as far as there is room", async () => {
  const numbers = new Numbers([2, 2, 2, 2, 2]);
  const ahead = new ReadAhead(numbers.read(), { sizeOf, most: 4 });
  await settle();
  expect(numbers.asked).toBe(2);
  const items = ahead.items();
  expect((await items.next()).value).toBe(2);
  await settle();
  expect(numbers.asked).toBe(3);
  expect(await Array.fromAsync(items)).toEqual([2, 2, 2, 2]);
});

test("ReadAhead gives out everything in its order, and is never far ahead", async () => {
  const largest = 5;
  const property = fc.asyncProperty(
    fc.array(fc.nat(largest)),
    fc.integer({ min: 1, max: 10 }),
    fc.infiniteStream(fc.boolean()),
    async (numbers, most, pauses) => {
      let held = 0;
      const source = async function* (): AsyncGenerator<number, void> {
        for (const number of numbers) {
          // Beside what is kept there is the item that was just given out.
          expect(held).toBeLessThan(most + largest);
          held += number;
          yield number;
        }
      };
      const given: number[] = [];
      for await (const item of new ReadAhead(source(), { sizeOf, most }).items()) {
        if (pauses.next().value === true) await Promise.resolve();
        held -= item;
        given.push(item);
      }
      expect(given).toEqual(numbers);
    },
  );
  await fc.assert(property);
});

test("ReadAhead keeps an error until everything before it was taken", async () => {
  const numbers = new Numbers([1, 2], new Error("The third is missing"));
  const items = new ReadAhead(numbers.read(), { sizeOf, most: 100 }).items();
  await settle();
  expect(numbers.isEnded).toBe(true);
  expect([(await items.next()).value, (await items.next()).value]).toEqual([1, 2]);
  expect((await failureOf(items.next())).message).toBe("The third is missing");
});

test("close() ends a reading that waits for room", async () => {
  const numbers = new Numbers([5, 5, 5]);
  const ahead = new ReadAhead(numbers.read(), { sizeOf, most: 1 });
  await settle();
  expect(numbers.isEnded).toBe(false);
  await ahead.close();
  expect([numbers.asked, numbers.isEnded]).toEqual([1, true]);
});
