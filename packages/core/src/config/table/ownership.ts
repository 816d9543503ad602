import { parseWord, parseWords } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** Whose hosts an integration works with, and what it does about entities of other integrations. */
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
  takeOver: defineSetting({
    environment: ["PAGERPORT_TAKE_OVER"],
    isSecret: false,
    description:
      "integrations in Port whose entities are written from here on, with commas between them",
    parse: parseWords,
  }),
  leaveTo: defineSetting({
    environment: ["PAGERPORT_LEAVE_TO"],
    isSecret: false,
    description:
      "integrations in Port whose entities are meant to stay theirs, with commas between them",
    parse: parseWords,
  }),
};
