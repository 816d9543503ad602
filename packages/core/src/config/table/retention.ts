import { defaultJournalLimit, defaultKeepDays, defaultKeepRotatingDays } from "../../retention.ts";
import { parseWhole } from "../parse-value.ts";
import { defineSetting } from "../setting.ts";

/** Ten years: longer, and it was probably meant in another unit. */
const mostDays = 3650;
/** MiB: a terabyte. */
const mostMebibytes = 1024 * 1024;

/** How long what was deleted can be put back, and what failed for good is kept. */
export const retentionSettings = {
  keepDays: defineSetting({
    environment: ["PAGERPORT_KEEP_DAYS"],
    isSecret: false,
    description: "days that what was deleted can be put back, and that dead letters are kept",
    parse: parseWhole({ least: 1, most: mostDays }),
    default: defaultKeepDays,
  }),
  keepRotatingDays: defineSetting({
    environment: ["PAGERPORT_KEEP_ROTATING_DAYS"],
    isSecret: false,
    description:
      "the same for what ends by itself all the time: on-calls, and incidents where agedIncidents is delete",
    parse: parseWhole({ least: 1, most: mostDays }),
    default: defaultKeepRotatingDays,
  }),
  journalLimit: defineSetting({
    environment: ["PAGERPORT_JOURNAL_LIMIT"],
    isSecret: false,
    description:
      "MiB that what was deleted may take; beyond it on-calls and the like are dropped, then nothing is deleted; 0 = no limit",
    parse: parseWhole({ least: 0, most: mostMebibytes }),
    default: defaultJournalLimit,
  }),
};
