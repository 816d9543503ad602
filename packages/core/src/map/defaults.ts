import { defaultFiles } from "./generated/default-files.ts";

/**
 * A file that comes with the package. `mapping.yaml` and `blueprints.json` are our own default; those in
 * `guide/` are from Port's PagerDuty guide.
 */
export type DefaultFileName = keyof typeof defaultFiles;

/** The text of a file that comes with the package. */
export function readDefaultFile(name: DefaultFileName): string {
  return defaultFiles[name];
}

/** The names of all of them. */
export const defaultFileNames = Object.keys(defaultFiles) as readonly DefaultFileName[];
