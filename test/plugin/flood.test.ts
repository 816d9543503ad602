import { expect, test } from "bun:test";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { measureFlooded } from "../support/flooded-webhook.ts";
import { bySize } from "../support/size.ts";
import { portalWebhookSecret } from "../support/start-portal.ts";
import { startPortalProcess } from "../support/start-portal-process.ts";

const strangers = bySize({ short: 150, long: 999 });
/** MB that the bodies of strangers may take beside what the portal itself has. */
const mostMore = 150;
/** Milliseconds; beside other tests it is the machine that is slow. */
const longestAnswer = bySize({ short: 4900, long: 1000 });

test(`a portal takes signed events while ${strangers} forged bodies do not end`, async () => {
  await using sandbox = await startSandbox({ services: 3, incidents: 5 });
  const database = { client: "better-sqlite3", connection: ":memory:" };
  await using portal = await startPortalProcess(sandbox, { database });
  const measure = await measureFlooded({
    url: `${portal.url}/webhook`,
    pid: portal.pid,
    secret: portalWebhookSecret,
    strangers,
    events: 15,
  });
  if (process.env["PAGERPORT_TEST_FIGURES"] === "1")
    process.stdout.write(`portal ${JSON.stringify(measure)}\n`);
  expect(new Set(measure.answers)).toEqual(new Set([202]));
  expect(measure.slowest).toBeLessThan(longestAnswer);
  expect(measure.highest - measure.before).toBeLessThan(mostMore);
}, 120_000);
