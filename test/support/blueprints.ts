import type { Sandbox } from "@pagerport/cli/sandbox";
import { type DefaultFileName, type JsonObject, readDefaultFile } from "@pagerport/core";

/** A blueprint as Port takes it. */
export type BlueprintJson = JsonObject & { readonly identifier: string };

/** The blueprints of a file that comes with us; by default those that the default mapping writes. */
export function readBlueprints(file: DefaultFileName = "blueprints.json"): BlueprintJson[] {
  return [JSON.parse(readDefaultFile(file)) as BlueprintJson | BlueprintJson[]].flat();
}

/** Puts the blueprints of a file into a sandbox's Port, targets of relations first. */
export function putBlueprints(sandbox: Sandbox, file?: DefaultFileName): void {
  for (const blueprint of readBlueprints(file)) sandbox.port.putBlueprint(blueprint);
}
