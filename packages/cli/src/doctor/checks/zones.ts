import { readZoneEdition } from "@pagerport/core";
import { type Check, ok } from "../finding.ts";

/** By which edition of the tz database times are read and written: the same one on every runtime. */
export function checkZones(): Check {
  return {
    name: "time zones",
    run: () => Promise.resolve(ok(`tz database ${readZoneEdition()}, which pagerport brings`)),
  };
}
