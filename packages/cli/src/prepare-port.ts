import { ConfigError, describeInitProblems, initPort, type InitReport } from "@pagerport/core";
import type { RunMapping } from "./choose-run-mapping.ts";
import type { CliContext } from "./context.ts";
import type { OpenedRun } from "./open-run.ts";
import { version } from "./version.ts";

/**
 * Makes Port ready for a run, where that is wanted and nobody has done it: blueprints, and the integration
 * with its mapping.
 *
 * @throws {ConfigError} when something stands in the way; nothing was written then
 */
export async function preparePort(
  { port, integrationIdentifier, resync }: OpenedRun,
  { mapping, integration }: RunMapping,
  { dryRun }: { readonly dryRun: boolean },
  context: CliContext,
): Promise<void> {
  const isReady = integration?.arePortResourcesInitialized === true;
  if (!resync.initializePortResources || isReady) return;
  const report = await initPort({
    port,
    clock: context.clock,
    integrationIdentifier,
    version,
    mapping,
    resourcesOrigin: resync.createPortResourcesOrigin,
    dryRun,
    signal: context.signal,
  });
  const problems = describeInitProblems(report);
  if (report.blocked) {
    throw new ConfigError(
      `Port is not ready for the mapping, and nothing was written:\n${problems.join("\n")}\nA run without this step: PAGERPORT_INITIALIZE_PORT_RESOURCES=false`,
    );
  }
  for (const line of [...describeInit(report), ...problems]) context.stderr.write(`${line}\n`);
}

/** What init did, one line each; empty where there was nothing to do. */
export function describeInit({ done, dryRun }: InitReport): string[] {
  const verb = dryRun ? "Would create" : "Created";
  const lines: string[] = [];
  if (done.createdBlueprints.length > 0) {
    lines.push(`${verb} blueprints: ${done.createdBlueprints.join(", ")}.`);
  }
  for (const { blueprint, field } of done.added) {
    lines.push(`${dryRun ? "Would add" : "Added"} ${field} to blueprint ${blueprint}.`);
  }
  if (done.integration === "created") lines.push(`${verb} the integration with its mapping.`);
  if (done.integration === "mapping written") {
    lines.push(`${dryRun ? "Would write" : "Wrote"} the mapping into the integration.`);
  }
  return lines;
}
