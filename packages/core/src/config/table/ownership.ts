import { parseWord } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** Whose hosts an integration is to work with. */
export const ownershipSettings = {
  expectAccount: defineSetting({
    environment: ["PAGERPORT_EXPECT_ACCOUNT"],
    isSecret: false,
    description: "the PagerDuty account that the token must be of: acme of acme.pagerduty.com",
    parse: parseWord,
    defaultText: "the one that served first, remembered",
  }),
  expectPortOrg: defineSetting({
    environment: ["PAGERPORT_EXPECT_PORT_ORG"],
    isSecret: false,
    description: "id of the organisation in Port that the credentials must be of",
    parse: parseWord,
    defaultText: "the one that served first, remembered",
  }),
};
