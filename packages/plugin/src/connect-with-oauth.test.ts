import { expect, test } from "bun:test";
import { startSandbox } from "../../cli/src/testing/start-sandbox.ts";
import { HttpError } from "@pagerport/core";
import { connectWithOauth } from "./connect-with-oauth.ts";
import { testClock } from "../../core/src/testing/test-clock.ts";

const oauth = {
  clientId: "portal",
  clientSecret: "canary-secret",
  grantedScopes: ["services.read", "incidents.read"],
};

function connect(
  sandbox: { readonly pagerDutyUrl: string },
  options: {
    readonly clientSecret?: string;
    readonly asked?: string[];
    readonly now?: () => number;
  } = {},
): ReturnType<typeof connectWithOauth> {
  const { clientSecret = oauth.clientSecret, asked = [], now = () => testClock.now() } = options;
  return connectWithOauth({
    fetch: Object.assign(
      (...request: Parameters<typeof fetch>) => {
        const [target] = request;
        asked.push(new URL(target instanceof Request ? target.url : target).pathname);
        return fetch(...request);
      },
      { preconnect: fetch.preconnect },
    ),
    clock: { ...testClock, now },
    random: () => 0,
    apiUrl: sandbox.pagerDutyUrl,
    requestsPerMinute: 0,
    rateBudget: 1,
    credential: {
      type: "oauth",
      clientId: oauth.clientId,
      clientSecret,
      region: "us",
      subDomain: "acme",
      tokenUrl: `${sandbox.pagerDutyUrl}/oauth/token`,
    },
  });
}

test("connectWithOauth() fetches one token for all requests, and another when a day has gone", async () => {
  await using sandbox = await startSandbox({ services: 2, incidents: 0, oauth });
  const asked: string[] = [];
  let later = 0;
  const client = connect(sandbox, { asked, now: () => testClock.now() + later });
  await Promise.all([client.get("/services", []), client.get("/services", [])]);
  expect((await client.get("/services", [])).body["services"]).toHaveLength(2);
  expect(asked).toEqual(["/oauth/token", "/services", "/services", "/services"]);
  later = 86_400_000;
  await client.get("/services", []);
  expect(asked.slice(4)).toEqual(["/oauth/token", "/services"]);
});

test("connectWithOauth() renews a token that is refused, once", async () => {
  await using sandbox = await startSandbox({ services: 2, incidents: 0, oauth });
  const asked: string[] = [];
  const client = connect(sandbox, { asked });
  await client.get("/services", []);
  asked.length = 0;
  let refusals = 1;
  sandbox.configure({ refuse: () => (refusals-- > 0 ? 401 : undefined) });
  await client.get("/services", []);
  expect(asked).toEqual(["/services", "/oauth/token", "/services"]);
});

test("connectWithOauth() says whose credential is refused, and not what it is", async () => {
  await using sandbox = await startSandbox({ services: 2, incidents: 0, oauth });
  const client = connect(sandbox, { clientSecret: "canary-wrong" });
  const error = await client.get("/services", []).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HttpError);
  expect(String(error)).toInclude("pagerDuty.oauth");
  expect(String(error)).not.toInclude("canary");
});
