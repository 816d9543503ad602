import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** The account that the stores and the catalog under `test/fixtures/0.1.0` are of. */
const accountOptions: SandboxOptions = {
  seed: "v0.1.0 36",
  subdomain: "pagerport-sandbox",
  services: 5,
  incidents: 12,
  schedules: 2,
  users: 4,
  from: "2026-01-05T00:00:00Z",
  to: "2026-03-02T00:00:00Z",
  now: "2026-03-02T12:00:00Z",
};

/** Milliseconds until on-calls had ended and resolved incidents aged: twenty days, and those of two runs. */
const untilAged = 20 * 86_400_000 + 20_000;
/** Milliseconds from the ghost's end until the last run began. */
const untilLastRun = 3_610_000;

/** Names of services in the account's life. */
export interface AccountNames {
  /** Deleted without an event while an incident names it: 0.1.0 kept its entity as "needed". */
  readonly ghost: string;
  /** The incident that names it. */
  readonly haunted: string;
  /** An open incident of a service that stays. */
  readonly open: string;
  /** Deleted by an event, which left a tombstone. */
  readonly buried: string;
}

/** Starts the account as 0.1.0 left it, with a Port that is empty. */
export async function startAccount(): Promise<{ sandbox: Sandbox; names: AccountNames }> {
  const sandbox = await startSandbox(accountOptions);
  return { sandbox, names: liveAccount(sandbox) };
}

/** Lets happen what had happened in the account when 0.1.0 ended. */
function liveAccount({ pagerduty, clock }: Pick<Sandbox, "pagerduty" | "clock">): AccountNames {
  const ghost = pagerduty.createService({ name: "Ghost" });
  const haunted = pagerduty.createIncident({ serviceId: ghost, title: "Names a ghost" });
  const [serviceId = ""] = [...pagerduty.allServices()].map(({ id }) => id);
  const open = pagerduty.createIncident({ serviceId, title: "Stays open" });
  const buried = pagerduty.createService({ name: "Short-lived" });
  clock.advance(untilAged);
  pagerduty.deleteService(ghost);
  clock.advance(untilLastRun);
  pagerduty.deleteService(buried);
  return { ghost, haunted, open, buried };
}
