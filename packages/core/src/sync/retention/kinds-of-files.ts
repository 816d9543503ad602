import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** Tells of files that are not written any more whether all that they hold rotates. */
export interface KindsOfFiles {
  /** False also where it cannot be read, or a line of it is no entity. */
  isWholly(path: string, rotates: (blueprint: string) => boolean): Promise<boolean>;
}

/** Makes what reads each file once, and remembers of it which blueprints it holds. */
export function createKindsOfFiles(): KindsOfFiles {
  const known = new Map<string, readonly string[] | undefined>();
  return {
    async isWholly(path, rotates) {
      if (!known.has(path)) known.set(path, await readBlueprints(path));
      const blueprints = known.get(path);
      return blueprints !== undefined && blueprints.every(rotates);
    },
  };
}

/** Undefined where it is not known of each line. */
async function readBlueprints(path: string): Promise<readonly string[] | undefined> {
  const found = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      if (line.trim() === "") continue;
      const { blueprint } = JSON.parse(line) as { readonly blueprint?: unknown };
      if (typeof blueprint !== "string") return undefined;
      found.add(blueprint);
    }
  } catch {
    return undefined;
  }
  return [...found];
}
