import { expect, test } from "bun:test";
import { probeHost } from "./probe-host.ts";

const { signal } = new AbortController();

test("probeHost() tells how far a host's clock is ahead", async () => {
  const server = Bun.serve({
    port: 0,
    fetch: () =>
      new Response("", { headers: { date: new Date(Date.now() + 90_000).toUTCString() } }),
  });
  try {
    const { ahead = 0, status } = (await probeHost(server.url.href, signal)) as {
      ahead?: number;
      status: number;
    };
    expect(status).toBe(200);
    expect(Math.round(ahead / 10_000)).toBe(9);
  } finally {
    await server.stop(true);
  }
});

test.each([
  ["http://127.0.0.1:1/", /^the connection was refused/, /HTTPS_PROXY/],
  ["http://pagerport.invalid/", /^its name is not known/, /look up names/],
])(
  "probeHost() of %s tells why it cannot be reached, and what to do",
  async (url, problem, advice) => {
    expect(await probeHost(url, signal)).toEqual({
      problem: expect.stringMatching(problem),
      advice: expect.stringMatching(advice),
    });
  },
);
