import { resolve } from "node:path";
import {
  findConfigFile,
  readConfigFile,
  type SettingName,
  type SettingSources,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";

/** Gathers where a command's settings come from: its flags, the environment and pagerport.yaml. */
export function loadSources(
  context: CliContext,
  options: {
    readonly config?: string | undefined;
    readonly flags?: Partial<Record<SettingName, string>>;
  },
): SettingSources {
  const path =
    options.config === undefined
      ? findConfigFile(context.cwd)
      : resolve(context.cwd, options.config);
  return {
    flags: options.flags ?? {},
    environment: context.env,
    file: path === undefined ? undefined : readConfigFile(path),
  };
}
