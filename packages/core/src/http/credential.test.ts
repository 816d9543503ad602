import { expect, test } from "bun:test";
import { ForeignHostError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { secretLookEvery } from "../watch-secret.ts";
import { createCredential, type CredentialOptions } from "./credential.ts";

const foreign = new ForeignHostError("another's");
const down = new Error("no answer");

function create(
  admit?: (value: string) => Promise<void>,
  options: Partial<CredentialOptions<string>> = {},
) {
  const clock = new FakeClock();
  const notices: string[] = [];
  const admitted: string[] = [];
  let text = "own";
  const credential = createCredential<string>({
    value: text,
    read: () => text,
    admit:
      admit === undefined
        ? undefined
        : (value) => {
            admitted.push(value);
            return admit(value);
          },
    name: "PD_TOKEN",
    clock,
    onNotice: (message) => void notices.push(message),
    ...options,
  });
  return {
    clock,
    notices,
    admitted,
    credential,
    put: (value: string) => {
      text = value;
    },
    look: () => clock.advance(secretLookEvery),
  };
}

test("createCredential() uses another value at the next look, and tells of it", async () => {
  const { credential, put, look, notices } = create();
  put("new");
  expect(await credential.use()).toBe("own");
  await look();
  expect([await credential.use(), await credential.use()]).toEqual(["new", "new"]);
  expect(notices).toEqual(["PD_TOKEN was replaced: the new one is used from here on"]);
});

test("createCredential() looks at once when a value is refused, and only for that value", async () => {
  const { credential, put } = create();
  expect(await credential.replace("own")).toBeUndefined();
  put("new");
  expect(await credential.replace("own")).toBe("new");
  // Whoever was refused with the one before is told what others have found.
  expect(await credential.replace("own")).toBe("new");
  expect(await credential.replace("new")).toBeUndefined();
});

test("createCredential() admits a value once for all who wait, before anybody has it", async () => {
  const gate = Promise.withResolvers<void>();
  const { credential, put, look, admitted } = create(() => gate.promise);
  put("new");
  await look();
  const all = Array.from({ length: 20 }, () => credential.use());
  expect(await Promise.race([...all, Promise.resolve("nobody")])).toBe("nobody");
  gate.resolve();
  expect(new Set(await Promise.all(all))).toEqual(new Set(["new"]));
  expect(admitted).toEqual(["new"]);
});

test("createCredential() gives out nothing while another's value is there, and the own one when it is back", async () => {
  let error: Error | undefined = foreign;
  const { credential, put, look, admitted } = create(() =>
    error === undefined ? Promise.resolve() : Promise.reject(error),
  );
  put("other");
  await look();
  expect(await failureOf(credential.use())).toBe(foreign);
  expect(await failureOf(credential.replace("own"))).toBe(foreign);
  expect(admitted).toEqual(["other"]);
  await look();
  expect(await failureOf(credential.use())).toBe(foreign);
  expect(admitted).toEqual(["other", "other"]);
  // That nobody answers does not make it our own.
  error = down;
  await look();
  expect(await failureOf(credential.use())).toBe(foreign);
  put("own");
  await look();
  expect(await credential.use()).toBe("own");
  put("other");
  error = undefined;
  await look();
  expect(await credential.use()).toBe("other");
});

test("createCredential() goes on with the value before while nobody can tell whose the new one is", async () => {
  let error: Error | undefined = down;
  const { credential, put, look, notices, admitted } = create(() =>
    error === undefined ? Promise.resolve() : Promise.reject(error),
  );
  put("new");
  await look();
  expect([await credential.use(), await credential.use()]).toEqual(["own", "own"]);
  expect(await credential.replace("own")).toBeUndefined();
  expect(admitted).toEqual(["new"]);
  await look();
  expect(await credential.use()).toBe("own");
  error = undefined;
  await look();
  expect(await credential.use()).toBe("new");
  expect(notices).toEqual([
    "PD_TOKEN was replaced, but the new one cannot be used yet, and the one before is: no answer",
    "PD_TOKEN was replaced: the new one is used from here on",
  ]);
});

test("createCredential() admits the first value where that is asked for", async () => {
  let error: Error | undefined = foreign;
  const { credential, look, notices } = create(
    () => (error === undefined ? Promise.resolve() : Promise.reject(error)),
    { admitsFirst: true },
  );
  expect(await failureOf(credential.use())).toBe(foreign);
  error = down;
  await look();
  expect(await failureOf(credential.use())).toBe(foreign);
  error = undefined;
  await look();
  expect([await credential.use(), notices]).toEqual(["own", []]);
});

test("createCredential() lets one who waits give up, and the others wait on", async () => {
  const gate = Promise.withResolvers<void>();
  const { credential, put, look } = create(() => gate.promise);
  put("new");
  await look();
  const stop = new AbortController();
  const one = credential.use(stop.signal);
  const other = credential.use();
  stop.abort(new Error("enough"));
  expect((await failureOf(one)).message).toBe("enough");
  gate.resolve();
  expect(await other).toBe("new");
});
