import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { signWebhook } from "../testing/index.ts";
import { caseCount } from "../testing/test-size.ts";
import { findSigner, parseSignature, verifySignature } from "./verify-signature.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
const secret = fc.string({ minLength: 1, maxLength: 80, unit: "grapheme" });
const runs = { numRuns: caseCount(200) };

/** Signs by other means than those under test. */
function sign(body: Uint8Array, key: string): string {
  return createHmac("sha256", Buffer.from(key, "utf8")).update(body).digest("hex");
}

test("signWebhook() makes what verifySignature() takes, with every one of its secrets", () => {
  const secrets = fc.array(secret, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(bytes, secrets, (body, keys) => {
      const header = signWebhook(body, keys);
      expect(header).toBe(keys.map((key) => `v1=${sign(body, key)}`).join(","));
      for (const key of keys) expect(verifySignature(body, header, [key])).toBe(true);
    }),
    runs,
  );
});

test("verifySignature() refuses a body or a signature of which one bit is another", () => {
  fc.assert(
    fc.property(bytes, secret, fc.nat(), (body, key, place) => {
      const header = `v1=${sign(body, key)}`;
      const changed = Uint8Array.from(body);
      const at = place % (body.length * 8);
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(verifySignature(changed, header, [key])).toBe(false);
      const letters = encode(header);
      const inHeader = place % (letters.length * 8);
      letters[inHeader >> 3] = (letters[inHeader >> 3] ?? 0) ^ (1 << (inHeader & 7));
      expect(verifySignature(body, Buffer.from(letters).toString("latin1"), [key])).toBe(false);
    }),
    runs,
  );
});

test("verifySignature() refuses what is cut off, too long, in capitals, or split by spaces", () => {
  fc.assert(
    fc.property(bytes, secret, fc.integer({ min: 0, max: 66 }), (body, key, length) => {
      const header = `v1=${sign(body, key)}`;
      const refused = [
        header.slice(0, length),
        header.slice(length + 1),
        `${header}0`,
        `V${header.slice(1)}`,
        `${header.slice(0, Math.max(1, length))} ${header.slice(Math.max(1, length))}`,
        `v1= ${header.slice(3)}`,
        header.replace("=", ":"),
        `"${header}"`,
        `${header};v1=00`,
      ];
      const capitals = `v1=${header.slice(3).toUpperCase()}`;
      if (capitals !== header) refused.push(capitals);
      for (const wrong of refused) expect(verifySignature(body, wrong, [key])).toBe(false);
      expect(verifySignature(body.subarray(0, -1), header, [key])).toBe(false);
    }),
    runs,
  );
});

test("findSigner() finds the secret among others, whatever else the header holds", () => {
  const junk = fc.oneof(
    fc.constantFrom("", " ", "v1=", "v1=zz", "v2=00", "v10=00", "x", "=", `v1=${"0".repeat(64)}`),
    fc.string({ maxLength: 70 }).filter((text) => !text.includes(",")),
  );
  const space = fc.constantFrom("", " ", "  ", "\t");
  fc.assert(
    fc.property(
      bytes,
      fc.uniqueArray(secret, { minLength: 1, maxLength: 4 }),
      fc.array(junk, { maxLength: 5 }),
      fc.nat(),
      fc.nat(),
      space,
      (body, keys, values, chosen, place, blank) => {
        const key = keys[chosen % keys.length] ?? "";
        const at = place % (values.length + 1);
        const all = values.toSpliced(at, 0, `${blank}v1=${sign(body, key)}${blank}`);
        const digests = parseSignature(all.join(","));
        const secrets = keys.map((value, index) => ({ name: `S${index}`, value }));
        expect(findSigner(body, digests, secrets)?.value).toBe(key);
        const others = secrets.filter(({ value }) => value !== key);
        expect(findSigner(body, digests, others)).toBeUndefined();
      },
    ),
    runs,
  );
});

test("findSigner() takes nothing that is signed with no secret at all", () => {
  const body = encode("{}");
  const header = `v1=${sign(body, "")}`;
  expect(verifySignature(body, header, [""])).toBe(false);
  expect(verifySignature(body, header, [])).toBe(false);
  expect(verifySignature(body, signWebhook(body, "s"), ["", "s"])).toBe(true);
});
