import type { SandboxClock } from "../sandbox-clock.ts";
import { type RequestListener, Traffic } from "../traffic.ts";
import { AccessTokens, type PortClients } from "./access-tokens.ts";
import { Catalog } from "./catalog.ts";
import { Integrations } from "./integrations.ts";
import { type PortAccess, portAccess } from "./port-access.ts";
import type { PortBehaviour } from "./port-behaviour.ts";
import { portGate } from "./port-gate.ts";
import { portRoutes } from "./port-routes.ts";
import type { PortWorld } from "./port-world.ts";
import { createWebhookIngest, type WebhookIngest } from "./webhook-ingest.ts";
import { Webhooks } from "./webhooks.ts";

/** Key of the draws, so that they differ from PagerDuty's. */
const portKey = 0x706f7274;

/** What a Port shares with the rest of the sandbox. */
export interface CreatePortOptions {
  readonly clients: PortClients;
  /** Id of the organisation. */
  readonly organisation: string;
  /** The account's key. */
  readonly key: number;
  readonly clock: SandboxClock;
  readonly listeners: ReadonlySet<RequestListener>;
  readonly startedAt: number;
  readonly closing: AbortSignal;
  readonly behaviour: () => PortBehaviour;
}

/** One Port organisation: its API, and its data without HTTP. */
export function createPort(options: CreatePortOptions): {
  readonly access: PortAccess;
  readonly handle: (request: Request, cut?: () => void) => Promise<Response>;
  readonly ingest: WebhookIngest;
} {
  const { clock, behaviour, clients, organisation } = options;
  const key = options.key ^ portKey;
  const catalog = new Catalog(clock, behaviour);
  const now = (): string => catalog.now();
  const world: PortWorld = {
    organisation,
    catalog,
    integrations: new Integrations(now),
    webhooks: new Webhooks(key, now),
    tokens: new AccessTokens(clients, key, () => clock.now()),
    traffic: new Traffic(),
    listeners: options.listeners,
    clock,
    key,
    startedAt: options.startedAt,
    closing: options.closing,
    behaviour,
  };
  const routes = portRoutes(world);
  const ingest = createWebhookIngest(world);
  return {
    ingest,
    access: portAccess(world, ingest),
    handle: portGate(world, (request) => routes.fetch(request)),
  };
}
