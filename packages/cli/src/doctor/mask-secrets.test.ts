import { expect, test } from "bun:test";
import { createSecretMask } from "./mask-secrets.ts";

test("createSecretMask() takes every secret out of a text, and of addresses what opens them", () => {
  const mask = createSecretMask({
    environment: {
      PD_TOKEN: "token-of-mine",
      PORT_URL: "https://ingest.test/key-of-mine?x=1",
      PD_WEBHOOK_SECRET: "first-one,second-one",
      PAGERPORT_DATABASE_URL: "postgres://me:hush%21x@db.test/name",
      PORT_CLIENT_SECRET_FILE: "/no/such/file",
    },
  });
  const text =
    "token-of-mine, /key-of-mine at https://ingest.test, second-one, first-one, hush!x, hush%21x";
  expect(mask(text)).toBe("…, … at https://ingest.test, …, …, …, …");
  expect(mask("db.test/name")).toBe("db.test/name");
});
