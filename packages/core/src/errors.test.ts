import { expect, test } from "bun:test";
import { ConfigError, describeError, PagerportError } from "./errors.ts";

test("ConfigError is of the family and keeps the setting and the cause", () => {
  const cause = new TypeError("bad");
  const error = new ConfigError("PORT_URL must be a URL", { setting: "PORT_URL", cause });
  expect(error).toBeInstanceOf(PagerportError);
  expect(error.setting).toBe("PORT_URL");
  expect(error.cause).toBe(cause);
});

test("describeError() gives the message of anything thrown", () => {
  expect(describeError(new Error("boom"))).toBe("boom");
  expect(describeError("text")).toBe("text");
});
