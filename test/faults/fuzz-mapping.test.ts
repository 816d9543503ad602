import { expect, test } from "bun:test";
import {
  createJqEngine,
  createMapper,
  type Mapping,
  MappingError,
  parseMapping,
  readDefaultFile,
} from "@pagerport/core";
import { createRandom, createSamples, type SampleKind } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";
import { mutateText } from "./mutate.ts";
import { watchRejections } from "./watch-rejections.ts";

const inputs = bySize({ short: 600, long: 30_000 });

/** An expression that goes astray takes this long and no longer. Milliseconds. */
const limits = { object: 200, page: 400 };

test(`parseMapping() of ${inputs} damaged mappings tells the place of what is wrong, or maps`, async () => {
  using rejections = watchRejections();
  const random = createRandom(21);
  const engine = createJqEngine();
  const whole = readDefaultFile("mapping.yaml");
  const objects = (kind: string) =>
    kind === "services" || kind === "incidents" || kind === "users" || kind === "schedules"
      ? createSamples(kind satisfies SampleKind, 2, createRandom(1))
      : [];
  let valid = 0;
  try {
    for (let count = 0; count < inputs; count += 1) {
      const text = mutateText(random, whole, 1 + (count % 5));
      let mapping: Mapping;
      try {
        mapping = await parseMapping(text, { engine });
      } catch (error) {
        // Every mistake has its place and says what it is.
        expect(error).toBeInstanceOf(MappingError);
        const { mistakes } = error as MappingError;
        expect(mistakes.length).toBeGreaterThan(0);
        for (const { message } of mistakes) expect(message).not.toBe("");
        continue;
      }
      valid += 1;
      const mapper = createMapper(mapping, { engine, limits });
      for (const [index, { kind }] of mapping.resources.entries()) {
        const mapped = await mapper.apply(index, objects(kind));
        expect(mapped).toHaveLength(objects(kind).length);
      }
    }
  } finally {
    await engine.close();
  }
  // Both sorts were tried.
  expect(valid).toBeGreaterThan(inputs / 50);
  expect(valid).toBeLessThan(inputs);
  expect(rejections.unhandled).toEqual([]);
});
