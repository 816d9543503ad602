import { loadSetting } from "@pagerport/core";
import { type Examination } from "../examination.ts";
import { type Check, failed, ok, skipped } from "../finding.ts";
import { probeHost } from "../probe-host.ts";

/** Whether the host of the import's webhook URL answers; nothing is posted. */
export function checkPortUrl({ sources }: Examination): Check {
  return {
    name: "PORT_URL",
    run: async (signal) => {
      const url = loadSetting("portUrl", sources);
      if (url === undefined) return skipped("not set: only 'pagerport import' needs it");
      const { origin } = new URL(url);
      const probe = await probeHost(origin, signal);
      if (probe.problem === undefined) return ok(`${origin} answers; nothing was posted`);
      return failed(`${origin} cannot be reached: ${probe.problem}`, probe.advice, 5);
    },
  };
}
