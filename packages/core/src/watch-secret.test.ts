import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readSecretFile } from "./config/read-secret-file.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";
import { secretLookEvery, watchSecret } from "./watch-secret.ts";

function watch(read: () => string) {
  const clock = new FakeClock();
  const notices: string[] = [];
  let reads = 0;
  const secret = watchSecret({
    value: read(),
    read: () => {
      reads += 1;
      return read();
    },
    clock,
    onNotice: (message) => void notices.push(message),
  });
  return { clock, notices, secret, reads: () => reads };
}

test("watchSecret() looks every 30 s, however often it is asked, and at once when it is told to", async () => {
  let text = "one";
  const { clock, secret, reads } = watch(() => text);
  text = "two";
  for (let asked = 0; asked < 100; asked += 1) expect(secret.read()).toBe("one");
  expect(reads()).toBe(0);
  await clock.advance(secretLookEvery - 1);
  expect(secret.read()).toBe("one");
  await clock.advance(1);
  expect([secret.read(), secret.read(), reads()]).toEqual(["two", "two", 1]);
  text = "three";
  expect([secret.reread(), secret.read(), reads()]).toEqual(["three", "three", 2]);
});

test("watchSecret() never looks at what cannot change", async () => {
  const clock = new FakeClock();
  const secret = watchSecret({ value: "one", read: undefined, clock });
  await clock.advance(10 * secretLookEvery);
  expect([secret.read(), secret.reread()]).toEqual(["one", "one"]);
});

test("watchSecret() keeps the secret of a file that is away, empty or unreadable, and says so once", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("token");
  writeFileSync(path, "one\n");
  const { notices, secret } = watch(() => readSecretFile("PD_TOKEN_FILE", path));
  writeFileSync(path, "");
  expect(secret.reread()).toBe("one");
  rmSync(path);
  expect(secret.reread()).toBe("one");
  mkdirSync(path);
  expect(secret.reread()).toBe("one");
  rmSync(path, { recursive: true });
  writeFileSync(path, "two\n");
  expect([secret.reread(), secret.reread()]).toEqual(["two", "two"]);
  expect(notices).toEqual([
    `PD_TOKEN_FILE names a file that is empty: ${path}. What it held before is used until then`,
    "A secret that could not be read again can be read now",
  ]);
});

test("watchSecret() sees what Kubernetes does: a link to another folder, in the place of the one before", () => {
  using folder = new TemporaryFolder();
  const put = (name: string, token: string): void => {
    mkdirSync(folder.file(name));
    writeFileSync(folder.file(`${name}/token`), token);
  };
  put("..2026_1", "one");
  symlinkSync("..2026_1", folder.file("..data"));
  symlinkSync("..data/token", folder.file("token"));
  const { secret, notices } = watch(() => readSecretFile("PD_TOKEN_FILE", folder.file("token")));
  expect(secret.reread()).toBe("one");
  put("..2026_2", "two");
  symlinkSync("..2026_2", folder.file("..data_tmp"));
  renameSync(folder.file("..data_tmp"), folder.file("..data"));
  rmSync(folder.file("..2026_1"), { recursive: true });
  expect([secret.reread(), notices]).toEqual(["two", []]);
});
