import type { Setting } from "./setting.ts";
import { apiSettings } from "./table/api.ts";
import { ownershipSettings } from "./table/ownership.ts";
import { pagerDutySettings } from "./table/pagerduty.ts";
import { portSettings } from "./table/port.ts";
import { retentionSettings } from "./table/retention.ts";
import { runSettings } from "./table/runs.ts";
import { serverSettings } from "./table/server.ts";

/** Every setting, by the name that pagerport.yaml calls it by. */
export const settings = {
  ...pagerDutySettings,
  ...portSettings,
  ...ownershipSettings,
  ...runSettings,
  ...retentionSettings,
  ...serverSettings,
  ...apiSettings,
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settings;

/** The value type of a setting. */
export type SettingValue<Name extends SettingName> = ReturnType<(typeof settings)[Name]["parse"]>;

/**
 * Share of PagerDuty's requests that a process uses where nothing else is set. An import may use nearly
 * all of the key's budget; what runs all the time leaves half of it to others.
 */
export const rateBudgets = { import: 0.9, sync: 0.5 } as const;
