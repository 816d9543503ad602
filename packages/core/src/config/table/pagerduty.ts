import { parseNumber, parseToken } from "../parse-value.ts";
import { parseUrl } from "../parse-address.ts";
import { defineSetting } from "../setting.ts";

/** PagerDuty's REST limit for one key. {@link https://developer.pagerduty.com/docs/rest-api-rate-limits} */
const pagerDutyRequestsPerMinute = 960;

/** Ocean's own default for requests to other hosts than Port. */
const defaultClientTimeout = 60;

/** What concerns PagerDuty's API. */
export const pagerDutySettings = {
  pagerDutyToken: defineSetting({
    environment: ["PD_TOKEN", "PAGERDUTY_TOKEN"],
    ocean: ["OCEAN__INTEGRATION__CONFIG__TOKEN"],
    oceanPath: "OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH",
    isSecret: true,
    description:
      "PagerDuty API key or OAuth token; read-only is enough for all but webhook subscriptions",

    parse: parseToken,
  }),
  webhookToken: defineSetting({
    environment: ["PD_WEBHOOK_TOKEN"],
    isSecret: true,
    description:
      "PagerDuty API key or OAuth token for webhook subscriptions alone, so that PD_TOKEN can be read-only",
    parse: parseToken,
    defaultText: "the token in PD_TOKEN",
  }),
  pagerDutyApiUrl: defineSetting({
    environment: ["PD_API_URL"],
    ocean: ["OCEAN__INTEGRATION__CONFIG__API_URL"],
    flag: "--api-url",
    isSecret: false,
    description: "address of PagerDuty's API (https://api.eu.pagerduty.com for the EU region)",
    parse: parseUrl,
    default: "https://api.pagerduty.com",
  }),
  requestsPerMinute: defineSetting({
    environment: ["PAGERPORT_REQUESTS_PER_MINUTE"],
    flag: "--requests-per-minute",
    isSecret: false,
    description: "the most requests a minute to PagerDuty; 0 = only what its answers say",
    parse: parseNumber({ least: 0, most: 1_000_000 }),
    default: pagerDutyRequestsPerMinute,
  }),
  rateBudget: defineSetting({
    environment: ["PAGERPORT_RATE_BUDGET"],
    flag: "--rate-budget",
    isSecret: false,
    description: "share of requestsPerMinute that this process may use, 0.01 to 1",
    parse: parseNumber({ least: 0.01, most: 1 }),
    defaultText: "0.9 for import, else 0.5",
  }),
  clientTimeout: defineSetting({
    environment: ["PAGERPORT_CLIENT_TIMEOUT"],
    ocean: ["OCEAN__CLIENT_TIMEOUT"],
    isSecret: false,
    description: "seconds that PagerDuty may take for one answer before it is asked again",
    parse: parseNumber({ least: 1, most: 3600 }),
    default: defaultClientTimeout,
  }),
};
