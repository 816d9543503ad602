import { describeSettings, listIgnoredVariables, type DescribedSetting } from "@pagerport/core";
import type { Examination } from "../examination.ts";
import { type Check, failed, ok, warning } from "../finding.ts";

/** What no command with PagerDuty and Port can do without. */
const needed = ["pagerDutyToken", "portClientId", "portClientSecret"] as const;

/** Whether all settings can be used, the needed ones are there, and none is called by a wrong name. */
export function checkSettings({ sources, context }: Examination): Check {
  return {
    name: "settings",
    run: () => {
      const settings = describeSettings(sources, context.cwd);
      const mistakes = [...new Set(settings.flatMap(({ mistake }) => mistake ?? []))];
      if (mistakes.length > 0) return Promise.resolve(failed(mistakes.join("\n")));
      const missing = listMissing(settings);
      if (missing.length > 0) {
        const advice =
          "Set them in the environment, or name files that hold secrets: PD_TOKEN_FILE.";
        return Promise.resolve(failed(`Not set: ${missing.join(", ")}`, advice));
      }
      const origins = settings.flatMap(({ origin }) => origin ?? []);
      const from = sources.file === undefined ? "" : `; file ${sources.file.path}`;
      const told = `${origins.length} set: ${origins.map(shorten).join(", ")}${from}`;
      const unknown = listIgnoredVariables(sources.environment).filter(({ isKnown }) => !isKnown);
      if (unknown.length === 0) return Promise.resolve(ok(told));
      const hints = unknown.map(({ name, nearest }) =>
        nearest === undefined ? `${name} is not known.` : `${name} is not known: ${nearest}?`,
      );
      return Promise.resolve(warning(told, hints.join(" ")));
    },
  };
}

/** Port's credentials are for everything but the import to a webhook URL. */
function listMissing(settings: readonly DescribedSetting[]): string[] {
  const isUnset = (name: string): boolean =>
    settings.some((setting) => setting.name === name && setting.source === "unset");
  const importsOnly = !isUnset("portUrl") && isUnset("portClientId") && isUnset("portClientSecret");
  return settings.flatMap(({ name, variable }) => {
    if (!needed.some((one) => one === name) || !isUnset(name)) return [];
    return importsOnly && name !== "pagerDutyToken" ? [] : [variable];
  });
}

/** Of a place in a file its line is enough: the file is named at the end. */
function shorten(origin: string): string {
  return origin.replace(/^.*\/(?=[^/]+:\d+:\d+$)/, "");
}
