import { parseNumber, parseText, parseToken, parseUrl } from "./parse-value.ts";

/** One setting: where it may come from and what it means. */
export interface Setting<Value> {
  /** Environment variables, the first that is set wins. Also read as `NAME_FILE` where it is a secret. */
  readonly environment: readonly string[];
  /** The command line flag, where there is one. */
  readonly flag?: string;
  /** A secret is never shown, and never read from pagerport.yaml. */
  readonly isSecret: boolean;
  readonly description: string;
  /** Turns what a person wrote into the value; throws an Error saying what is valid. */
  readonly parse: (text: string) => Value;
  readonly default?: Value;
}

/** PagerDuty's REST limit for one key. {@link https://developer.pagerduty.com/docs/rest-api-rate-limits} */
const pagerDutyRequestsPerMinute = 960;

/** An import may use nearly all of the key's budget; the rest is left to others. */
const importRateBudget = 0.9;

/** Every setting, by the name that pagerport.yaml calls it by. */
export const settings = {
  pagerDutyToken: {
    environment: ["PD_TOKEN", "PAGERDUTY_TOKEN"],
    isSecret: true,
    description: "PagerDuty API key or OAuth token; read-only is enough to import",
    parse: parseToken,
  },
  pagerDutyApiUrl: {
    environment: ["PD_API_URL"],
    flag: "--api-url",
    isSecret: false,
    description: "address of PagerDuty's API (https://api.eu.pagerduty.com for the EU region)",
    parse: parseUrl,
    default: "https://api.pagerduty.com",
  },
  portUrl: {
    environment: ["PORT_URL"],
    isSecret: true,
    description: "webhook URL of the data source in Port that takes the history",
    parse: parseUrl,
  },
  portWebhookSecret: {
    environment: ["PORT_WEBHOOK_SECRET"],
    isSecret: true,
    description: "signs what is posted to PORT_URL, where that webhook has a secret",
    parse: parseText,
  },
  portClientId: {
    environment: ["PORT_CLIENT_ID"],
    isSecret: false,
    description: "client ID of Port's API credentials",
    parse: parseToken,
  },
  portClientSecret: {
    environment: ["PORT_CLIENT_SECRET"],
    isSecret: true,
    description: "client secret of Port's API credentials",
    parse: parseToken,
  },
  portBaseUrl: {
    environment: ["PORT_BASE_URL"],
    isSecret: false,
    description: "address of Port's API (https://api.us.getport.io for the US region)",
    parse: parseUrl,
    default: "https://api.getport.io",
  },
  integrationIdentifier: {
    environment: ["PAGERPORT_INTEGRATION_IDENTIFIER"],
    isSecret: false,
    description: "what the integration is called in Port; the entities that it writes belong to it",
    parse: parseText,
    default: "my-pagerduty-integration",
  },
  requestsPerMinute: {
    environment: ["PAGERPORT_REQUESTS_PER_MINUTE"],
    flag: "--requests-per-minute",
    isSecret: false,
    description: "the most requests a minute to PagerDuty; 0 = only what its answers say",
    parse: parseNumber({ least: 0, most: 1_000_000 }),
    default: pagerDutyRequestsPerMinute,
  },
  rateBudget: {
    environment: ["PAGERPORT_RATE_BUDGET"],
    flag: "--rate-budget",
    isSecret: false,
    description: "share of requestsPerMinute that this process may use, above 0 and up to 1",
    parse: parseNumber({ least: 0.01, most: 1 }),
    default: importRateBudget,
  },
} as const satisfies Record<string, Setting<string> | Setting<number>>;

export type SettingName = keyof typeof settings;

/** The value type of a setting. */
export type SettingValue<Name extends SettingName> = ReturnType<(typeof settings)[Name]["parse"]>;
