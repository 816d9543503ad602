import type { RequestListener, Traffic } from "../traffic.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { Catalog } from "./catalog.ts";
import type { Integrations } from "./integrations.ts";
import type { PortBehaviour } from "./port-behaviour.ts";
import type { Webhooks } from "./webhooks.ts";
import type { SandboxClock } from "../sandbox-clock.ts";

/** Everything that the routes of Port's API share. */
export interface PortWorld {
  /** Id of the organisation. */
  readonly organisation: string;
  readonly catalog: Catalog;
  readonly integrations: Integrations;
  readonly webhooks: Webhooks;
  readonly tokens: AccessTokens;
  readonly traffic: Traffic;
  readonly listeners: ReadonlySet<RequestListener>;
  readonly clock: SandboxClock;
  /** Key of the faults' and latencies' draws. */
  readonly key: number;
  /** Milliseconds since 1970 by the clock's traffic time. */
  readonly startedAt: number;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
  readonly behaviour: () => PortBehaviour;
}
