import { parseApiTokens } from "../parse-api-tokens.ts";
import { parseListen, parseUrl } from "../parse-address.ts";
import { parseToken, parseWords } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** What concerns the API of a server, and whoever uses it. */
export const apiSettings = {
  apiListen: defineSetting({
    environment: ["PAGERPORT_API_LISTEN"],
    flag: "--api-listen",
    isSecret: false,
    description: "address and port of the API, which plans, pauses and states are asked for by",
    parse: parseListen,
    // Nobody but this machine, until somebody wants it.
    default: { host: "127.0.0.1", port: 8010 },
  }),
  apiTokens: defineSetting({
    environment: ["PAGERPORT_API_TOKENS"],
    isSecret: true,
    description:
      "tokens of the API, alice:read+act:SECRET, with commas or new lines between them; rights are read, payloads, map and act",
    parse: parseApiTokens,
    defaultText: "states may be read on loopback, nothing else",
  }),
  apiHosts: defineSetting({
    environment: ["PAGERPORT_API_HOSTS"],
    isSecret: false,
    description:
      "names that the API is reached by besides those of this machine and its addresses, with commas between them",
    parse: parseWords,
  }),
  serverUrl: defineSetting({
    environment: ["PAGERPORT_URL"],
    flag: "--url",
    isSecret: false,
    description: "API of the server to ask, http://127.0.0.1:8010 or https://…/api/pagerport/v1",
    parse: parseUrl,
  }),
  apiToken: defineSetting({
    environment: ["PAGERPORT_API_TOKEN"],
    isSecret: true,
    description: "secret of the token by which that server is asked",
    parse: parseToken,
  }),
};
