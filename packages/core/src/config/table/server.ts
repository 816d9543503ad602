import { parseListen, parsePathPrefix, parseUrl } from "../parse-address.ts";
import { parseBoolean, parseChoice, parseSecrets, parseWhole } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** Seconds: five less than what Kubernetes, and the chart of Ocean, give a process to end. */
const defaultShutdownGrace = 25;

/** What concerns the server. */
export const serverSettings = {
  webhookSecrets: defineSetting({
    environment: ["PD_WEBHOOK_SECRET"],
    ocean: ["OCEAN__INTEGRATION__CONFIG__WEBHOOK_SECRET"],
    isSecret: true,
    description: "secrets of PagerDuty's webhook subscriptions, with commas between them",
    parse: parseSecrets,
  }),
  baseUrl: defineSetting({
    environment: ["PAGERPORT_BASE_URL"],
    // The second is what older versions of the integration had.
    ocean: ["OCEAN__BASE_URL", "OCEAN__INTEGRATION__CONFIG__APP_HOST"],
    flag: "--base-url",
    isSecret: false,
    description: "public address of this server, for PagerDuty's webhooks",
    parse: parseUrl,
  }),
  pathPrefix: defineSetting({
    environment: ["PAGERPORT_PATH_PREFIX"],
    ocean: ["OCEAN__PATH_PREFIX"],
    isSecret: false,
    description: "path that every route of this server begins with, and that baseUrl goes on with",
    parse: parsePathPrefix,
    default: "",
  }),
  listen: defineSetting({
    environment: ["PAGERPORT_LISTEN"],
    ocean: ["APPLICATION__PORT"],
    flag: "--listen",
    isSecret: false,
    description: "address and port that the server listens on",
    parse: parseListen,
    // Every interface, and Ocean's port: what the chart's probes ask.
    default: { host: "0.0.0.0", port: 8000 },
  }),
  metricsListen: defineSetting({
    environment: ["PAGERPORT_METRICS_LISTEN"],
    flag: "--metrics-listen",
    isSecret: false,
    description: "address and port of /metrics, where it is not to be with the other routes",
    parse: parseListen,
  }),
  shadow: defineSetting({
    environment: ["PAGERPORT_SHADOW"],
    flag: "--shadow",
    isSecret: false,
    description:
      "whether this server only looks: it writes nothing, and tells where the integration that does differs",
    parse: parseBoolean,
    default: false,
  }),
  shutdownGrace: defineSetting({
    environment: ["PAGERPORT_SHUTDOWN_GRACE"],
    ocean: ["OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN"],
    isSecret: false,
    description:
      "seconds that what has begun may take to end after SIGTERM, and that a second server on one SQLite store waits for the first",
    parse: parseWhole({ least: 0, most: 3600 }),
    default: defaultShutdownGrace,
  }),
  logLevel: defineSetting({
    environment: ["PAGERPORT_LOG_LEVEL"],
    ocean: ["APPLICATION__LOG_LEVEL"],
    isSecret: false,
    description: "the least important that is logged",
    parse: parseChoice(["debug", "info", "warning", "error", "critical"]),
    default: "info",
  }),
};
