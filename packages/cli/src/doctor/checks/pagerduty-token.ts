import { HttpError } from "@pagerport/core";
import type { ExaminedPagerDuty, Examination } from "../examination.ts";
import { type Check, ok, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Whether PagerDuty knows the token, what sort it is of, whose, and whether it may only read. */
export function checkPagerDutyToken({ pagerDuty, webhookKey, mayWrite }: Examination): Check {
  return {
    name: "PagerDuty token",
    run: async (signal) => {
      const reason = await whyNot(pagerDuty, signal);
      if (pagerDuty === undefined || reason !== undefined) return reason ?? ok("");
      const [owner, account, isWriter] = await Promise.all([
        readOwner(pagerDuty, signal),
        readAccount(pagerDuty, signal),
        mayWrite(signal),
      ]);
      const region = describeRegion(pagerDuty);
      const of = account === undefined ? "" : ` of ${account}`;
      const told = `${owner}${of}; ${isWriter ? "may read and write" : "may only read"}`;
      if (region !== undefined) return warning(told, region);
      if (!isWriter) return ok(told);
      return warning(told, webhookKey === undefined ? adviceForOneKey : adviceForTwoKeys);
    },
  };
}

const adviceForTwoKeys =
  "PD_WEBHOOK_TOKEN is for webhook subscriptions, and nothing else is ever changed at PagerDuty: a read-only key is enough for PD_TOKEN.";
const adviceForOneKey =
  "Nothing but webhook subscriptions is ever changed at PagerDuty: make PD_TOKEN a read-only key, and set PD_WEBHOOK_TOKEN to one that manages them (none, where you make the subscription by hand).";

/** {@link https://developer.pagerduty.com/docs/oauth-functionality} */
const oauthRegion = /^pd(us|eu)\+/;

/** An account's key is nobody's: PagerDuty answers 400 to who it is. */
async function readOwner(
  { client, settings }: ExaminedPagerDuty,
  signal: AbortSignal,
): Promise<string> {
  const isOauth = oauthRegion.test(settings.token);
  try {
    const { user } = (await client.get("/users/me", [], signal)).body;
    const { name, role } = readFields(user);
    const whose = name === undefined ? "a user" : `user ${name}`;
    const kind = isOauth ? "OAuth token" : "key";
    return `${kind} of ${whose}${role === undefined ? "" : ` (${role})`}`;
  } catch (error) {
    if (!(error instanceof HttpError) || ![400, 403, 404].includes(error.status)) throw error;
    return isOauth ? "OAuth token of an app" : "key";
  }
}

/** An account is told by the address of its pages: every object names its own. */
async function readAccount(
  { client }: ExaminedPagerDuty,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { body } = await client.get("/services", [["limit", "1"]], signal);
    const { services } = body;
    const [first] = Array.isArray(services) ? services : [];
    const { html_url: page } = readFields(first);
    return page !== undefined && URL.canParse(page)
      ? `account ${new URL(page).host}`
      : "an account";
  } catch (error) {
    if (error instanceof HttpError && error.status !== 401) return undefined;
    throw error;
  }
}

function readFields(value: unknown): Readonly<Record<string, string | undefined>> {
  if (typeof value !== "object" || value === null) return {};
  const texts = Object.entries(value).filter(([, field]) => typeof field === "string");
  return Object.fromEntries(texts) as Record<string, string>;
}

/** What is wrong with the address, as far as the token tells its region. */
function describeRegion({ settings }: ExaminedPagerDuty): string | undefined {
  const region = oauthRegion.exec(settings.token)?.[1];
  const { host } = new URL(settings.apiUrl);
  if (!host.endsWith(".pagerduty.com") || region === undefined) return undefined;
  if ((region === "eu") === host.includes(".eu.")) return undefined;
  const right = region === "eu" ? "https://api.eu.pagerduty.com" : "https://api.pagerduty.com";
  return `The token is of the other region: set PD_API_URL=${right}`;
}
