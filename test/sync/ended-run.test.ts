import { expect, test } from "bun:test";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { startSyncSetting } from "../support/run-sync.ts";

/** Several kinds are read at the same time: what ends a run ends all of them, and loses nothing before. */

const size = { services: 60, incidents: 300, schedules: 20, users: 30 };

/** A fetch that never answers some requests, but ends with their signal. */
class HangingFetch {
  /** All requests. */
  sent = 0;
  /** Requests that have begun to wait, and those that wait still. */
  begun = 0;
  waiting = 0;
  readonly #hangs: (url: URL) => boolean;
  #onBegun: (() => void) | undefined;

  constructor(hangs: (url: URL) => boolean) {
    this.#hangs = hangs;
  }

  /** When so many requests wait. */
  async wait(count: number): Promise<void> {
    while (this.waiting < count) {
      await new Promise<void>((resolve) => {
        this.#onBegun = resolve;
      });
    }
  }

  readonly fetch = ((input: string, init?: RequestInit): Promise<Response> => {
    this.sent += 1;
    if (!this.#hangs(new URL(input))) return fetch(input, init);
    this.begun += 1;
    this.waiting += 1;
    this.#onBegun?.();
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => {
        this.waiting -= 1;
        reject(init.signal?.reason);
      });
    });
  }) as typeof globalThis.fetch;
}

test("resync() writes what comes before a kind whose credentials are refused, and then ends", async () => {
  await using setting = await startSyncSetting({ ...size, refused: { schedules: 401 } });
  const { sandbox } = setting;
  const counting = new HangingFetch(() => false);
  const pagerDuty = connectSandboxPagerDuty(sandbox, { fetch: counting.fetch });
  const error = await failureOf(setting.sync({ pagerDuty }));
  expect(error).toMatchObject({ status: 401 });
  const count = (blueprint: string): number => sandbox.port.entities(blueprint).length;
  expect(count("pagerdutyService")).toBe(60);
  expect(count("pagerdutyEscalationPolicy")).toBeGreaterThan(0);
  expect(count("pagerdutyUser")).toBe(0);
  // Nothing of it is still read, and the next run does it all.
  const { sent } = counting;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(counting.sent).toBe(sent);
  sandbox.configure({ refused: {} });
  expect((await setting.sync()).unfinished).toEqual([]);
  expect(count("pagerdutyUser")).toBe(30);
});

test("resync() ends everything that is being read when it is aborted", async () => {
  await using setting = await startSyncSetting(size);
  const { sandbox } = setting;
  const paths = new Set(["/services", "/schedules", "/escalation_policies"]);
  const hanging = new HangingFetch((url) => paths.has(url.pathname));
  const stop = new AbortController();
  const running = setting.sync({
    pagerDuty: connectSandboxPagerDuty(sandbox, { fetch: hanging.fetch }),
    signal: stop.signal,
  });
  const ended = failureOf(running);
  await hanging.wait(1);
  stop.abort(new Error("Enough"));
  expect((await ended).message).toBe("Enough");
  expect(hanging.waiting).toBe(0);
  expect((await setting.sync()).unfinished).toEqual([]);
});

test("resync() ends what it reads of PagerDuty when Port's list of what is owned cannot be had", async () => {
  await using setting = await startSyncSetting(size);
  const { sandbox } = setting;
  const hanging = new HangingFetch((url) => url.pathname === "/services");
  const port = connectSandboxPort(sandbox);
  const error = await failureOf(
    setting.sync({
      pagerDuty: connectSandboxPagerDuty(sandbox, { fetch: hanging.fetch }),
      port: {
        async send(request) {
          if (!request.path.endsWith("/datasource-entities")) return port.send(request);
          if (request.body?.["from"] !== undefined) {
            await hanging.wait(1);
            throw new Error("Port has gone");
          }
          const answer = await port.send(request);
          return { ...answer, body: { ...answer.body, next: "more" } };
        },
      },
    }),
  );
  expect(error.message).toBe("Port has gone");
  expect([hanging.begun, hanging.waiting]).toEqual([1, 0]);
  expect(setting.countWrites()).toBe(0);
});
