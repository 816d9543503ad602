import { parseUrl } from "../parse-address.ts";
import { parseBoolean, parseChoice, parseText, parseToken, parseWord } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** What concerns Port: its API, our integration in it, and its webhook. */
export const portSettings = {
  portClientId: defineSetting({
    environment: ["PORT_CLIENT_ID"],
    ocean: ["OCEAN__PORT__CLIENT_ID"],
    isSecret: false,
    hasFile: true,
    description: "client ID of Port's API credentials",
    parse: parseToken,
  }),
  portClientSecret: defineSetting({
    environment: ["PORT_CLIENT_SECRET"],
    ocean: ["OCEAN__PORT__CLIENT_SECRET"],
    isSecret: true,
    description: "client secret of Port's API credentials",
    parse: parseToken,
  }),
  portBaseUrl: defineSetting({
    environment: ["PORT_BASE_URL"],
    ocean: ["OCEAN__PORT__BASE_URL"],
    isSecret: false,
    description: "address of Port's API (https://api.us.getport.io for the US region)",
    parse: parseUrl,
    default: "https://api.getport.io",
  }),
  portUrl: defineSetting({
    environment: ["PORT_URL"],
    isSecret: true,
    description: "webhook URL of the data source in Port that takes the history",
    parse: parseUrl,
  }),
  portWebhookSecret: defineSetting({
    environment: ["PORT_WEBHOOK_SECRET"],
    isSecret: true,
    description: "signs what is posted to PORT_URL, where that webhook has a secret",
    parse: parseText,
  }),
  integrationIdentifier: defineSetting({
    environment: ["PAGERPORT_INTEGRATION_IDENTIFIER"],
    ocean: ["OCEAN__INTEGRATION__IDENTIFIER"],
    isSecret: false,
    description: "what the integration is called in Port; the entities that it writes belong to it",
    parse: parseWord,
    default: "my-pagerduty-integration",
  }),
  integrationType: defineSetting({
    environment: ["PAGERPORT_INTEGRATION_TYPE"],
    ocean: ["OCEAN__INTEGRATION__TYPE"],
    isSecret: false,
    description: "what the integration is in Port",
    parse: parseChoice(["pagerduty"]),
    default: "pagerduty",
  }),
  initializePortResources: defineSetting({
    environment: ["PAGERPORT_INITIALIZE_PORT_RESOURCES"],
    ocean: ["OCEAN__INITIALIZE_PORT_RESOURCES"],
    isSecret: false,
    description: "whether missing blueprints and the mapping are made in Port",
    parse: parseBoolean,
    default: true,
  }),
  createPortResourcesOrigin: defineSetting({
    environment: ["PAGERPORT_CREATE_PORT_RESOURCES_ORIGIN"],
    ocean: ["OCEAN__CREATE_PORT_RESOURCES_ORIGIN"],
    isSecret: false,
    description: "where blueprints and the mapping of a new integration come from",
    parse: parseChoice(["Empty", "Ocean", "Default", "Port"]),
    defaultText: "what the integration in Port says, else Default",
  }),
  sendRawDataExamples: defineSetting({
    environment: ["PAGERPORT_SEND_RAW_DATA_EXAMPLES"],
    ocean: ["OCEAN__SEND_RAW_DATA_EXAMPLES"],
    isSecret: false,
    description: "whether Port is shown examples of each kind, with secrets masked",
    parse: parseBoolean,
    default: true,
  }),
};
