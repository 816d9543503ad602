import { join } from "node:path";
import { main } from "./run-cli.ts";
import { machineTime } from "./child-process.ts";

/**
 * The built entry point, where a script has built one and says so; else the source. A command line whose
 * words have no spaces.
 */
export const entry: readonly string[] = process.env["PAGERPORT_ENTRY"]?.split(" ") ?? [
  process.execPath,
  main,
];

export interface StandInOptions {
  /** Where its state is kept. */
  readonly folder: string;
  /** The one image that there is. */
  readonly image: string;
  /** What runs in it. @default entry */
  readonly command?: readonly string[];
}

/** The environment that makes a shell use the stand-in for docker, and for what is in the image. */
export function useStandIn(options: StandInOptions): Record<string, string> {
  const { folder, image, command = entry } = options;
  return {
    ...machineTime(),
    PATH: `${import.meta.dir}/stand-in:/usr/bin:/bin`,
    STAND_IN_IMAGE: image,
    STAND_IN_STATE: join(folder, "state"),
    STAND_IN_ENTRY: command.join(" "),
  };
}
