import { expect, test } from "bun:test";
import { countRequests } from "./count-requests.ts";

const request = (): Request => new Request("http://a/");

test("countRequests() waits for those that are under way, and asks the others to hang up", async () => {
  const held = Promise.withResolvers<Response>();
  const answers = [held.promise, Promise.resolve(new Response("two"))];
  const counted = countRequests(() => answers.shift() ?? Promise.reject(new Error("no more")));
  const first = counted.handle(request());
  const idle = counted.drain();
  const second = await counted.handle(request());
  expect(second.headers.get("connection")).toBe("close");
  expect(await Promise.race([idle, Promise.resolve("not yet")])).toBe("not yet");
  held.resolve(new Response("one"));
  expect((await first).headers.get("connection")).toBe("close");
  await idle;
});

test("countRequests() leaves answers alone until then, and minds no failure", async () => {
  const counted = countRequests((one) => {
    if (one.method === "PUT") throw new Error("no");
    return new Response("ok");
  });
  const response = await counted.handle(request());
  expect(response.headers.get("connection")).toBeNull();
  const failing = Promise.resolve(counted.handle(new Request("http://a/", { method: "PUT" })));
  expect(failing).rejects.toThrow("no");
  await counted.drain();
});
