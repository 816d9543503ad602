import type { Sandbox } from "@pagerport/cli/sandbox";
import type { SyncAction } from "@pagerport/core";
import { resyncSandbox } from "./resync-sandbox.ts";

/** What a full resync would do now to bring Port's catalog to PagerDuty's state: nothing, where it is there. */
export async function listDrift(
  sandbox: Sandbox,
  mapping?: string,
): Promise<Pick<SyncAction, "action" | "blueprint" | "identifier" | "changed">[]> {
  const actions: SyncAction[] = [];
  await resyncSandbox(sandbox, {
    ...(mapping !== undefined && { mapping }),
    dryRun: true,
    onAction: (action) => actions.push(action),
  });
  return actions
    .filter(({ action }) => action !== "unchanged")
    .map(({ action, blueprint, identifier, changed = [] }) => ({
      action,
      blueprint,
      identifier,
      changed,
    }));
}
