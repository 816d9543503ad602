import { listen } from "../listen.ts";
import { createAccount } from "./account-data.ts";
import { AuditTrail } from "./audit-trail.ts";
import { type BehaviourChanges, changeBehaviour, defaultBehaviour } from "./behaviour.ts";
import { type CatalogAccess, catalogAccess } from "./catalog-access.ts";
import { controlRoutes } from "./control-routes.ts";
import { Credentials } from "./credentials.ts";
import { IncidentData } from "./incident-data.ts";
import { incidentPieces } from "./incident-json.ts";
import { IncidentStore } from "./incident-store.ts";
import { IncidentTimes, instantOf } from "./incident-times.ts";
import { createIngestCatalog, type IngestCatalog } from "./ingest-catalog.ts";
import { ingestHandler } from "./ingest-routes.ts";
import {
  defaultReadOnlyToken,
  defaultTeamToken,
  defaultToken,
  defaultOauth,
  defaultPortClients,
  historyOf,
  nameHosts,
  type SandboxOptions,
} from "./options.ts";
import { pagerDutyGate } from "./pagerduty-gate.ts";
import { pagerDutyRoutes } from "./pagerduty-routes.ts";
import { Directory } from "./pagerduty/directory.ts";
import { Edits } from "./pagerduty/edits.ts";
import { createPort } from "./port/create-port.ts";
import type { PortAccess } from "./port/port-access.ts";
import { type DayOptions, type DayReport, playDay } from "./day/play-day.ts";
import { hash, hashText } from "./random.ts";
import { type Received, ReceivedLog } from "./received.ts";
import { SandboxClock } from "./sandbox-clock.ts";
import { ServiceStore } from "./service-data.ts";
import { ServiceStatuses } from "./service-statuses.ts";
import { type RequestListener, Traffic, type TrafficCounts } from "./traffic.ts";
import { nothingHidden } from "./visibility.ts";
import { type SandboxWebhooks, webhookAccess } from "./webhooks/webhook-access.ts";
import { Webhooks } from "./webhooks/webhooks.ts";
import type { World } from "./world.ts";

/** A running sandbox: PagerDuty's REST API, Port's API and Port's webhook URL on one port. */
export interface Sandbox extends AsyncDisposable {
  /** What `PD_API_URL` should be. */
  readonly pagerDutyUrl: string;
  /** What `PORT_URL` should be. */
  readonly ingestUrl: string;
  /** What `PORT_BASE_URL` should be. */
  readonly portUrl: string;
  /** What `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET` should be. */
  readonly portClientId: string;
  readonly portClientSecret: string;
  /** Its tokens may read and nothing else; the secret is the same. */
  readonly portReadOnlyClientId: string;
  /** Where the running sandbox is looked into and changed over HTTP. */
  readonly controlUrl: string;
  /** API key with all rights. */
  readonly token: string;
  readonly readOnlyToken: string;
  /** Sees one team only. */
  readonly teamToken: string;
  readonly clock: SandboxClock;
  readonly ingest: {
    readonly received: Received;
    /** What `webhookConfig` made of it; undefined where none was given. */
    readonly catalog: IngestCatalog | undefined;
  };
  readonly requests: {
    readonly pagerduty: TrafficCounts;
    readonly ingest: TrafficCounts;
    readonly port: TrafficCounts;
  };
  /** The account's data, without HTTP. */
  readonly pagerduty: CatalogAccess;
  /** Who is told of changes to the account's data, and what was delivered. */
  readonly webhooks: SandboxWebhooks;
  /** Port's data, without HTTP. */
  readonly port: PortAccess;
  /** Changes how the sandbox behaves from the next request on. */
  configure(changes: BehaviourChanges): void;
  /** Gives the account other keys: those before are revoked. */
  replaceKeys(keys: Parameters<Credentials["replace"]>[0]): void;
  /** Calls `listener` before each request is answered. @returns a function that ends it */
  onRequest(listener: RequestListener): () => void;
  /** Lets a day of incidents happen, of which subscribers are told. */
  playDay(options?: DayOptions): Promise<DayReport>;
  /** Stops listening and breaks off what is open. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox. The same options give the same data, byte for byte, and the same faults to the same
 * sequence of requests.
 *
 * @example
 * ```ts
 * await using sandbox = await startSandbox({ incidents: 1000 });
 * await fetch(`${sandbox.pagerDutyUrl}/incidents`, {
 *   headers: { authorization: `Token token=${sandbox.token}` },
 * });
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closing = new AbortController();
  const world = createWorld(options, closing.signal);
  const received = new ReceivedLog(
    options.record ?? "last",
    world.incidents.data.count,
    (identifier) => world.incidents.data.indexOf(identifier),
  );
  const routes = pagerDutyRoutes(world);
  const truth = pagerDutyRoutes(worldAsItIs(world));
  const pagerduty = catalogAccess(world, (request) => truth.fetch(request));
  const ingestPath = `/ingest/${ingestKey(world.account.key)}`;
  const configure = (changes: BehaviourChanges): void => {
    world.behaviour = changeBehaviour(world.behaviour, changes);
  };
  const toPagerDuty = pagerDutyGate(world, (request) => routes.fetch(request));
  const catalog =
    options.webhookConfig === undefined
      ? undefined
      : await createIngestCatalog(options.webhookConfig);
  const clients = {
    clientId: options.portClientId ?? defaultPortClients.clientId,
    clientSecret: options.portClientSecret ?? defaultPortClients.clientSecret,
    readOnlyClientId: options.portReadOnlyClientId ?? defaultPortClients.readOnlyClientId,
  };
  const {
    access: port,
    handle: toPort,
    ingest,
  } = createPort({
    clients,
    organisation: nameHosts(options).organisation,
    key: world.account.key,
    clock: world.clock,
    listeners: world.listeners,
    startedAt: world.startedAt,
    closing: world.closing,
    behaviour: () => world.behaviour.portApi,
  });
  const toIngest = ingestHandler(world, { received, ingestPath, catalog, webhooks: ingest });
  const webhooks = webhookAccess(world.webhooks, world.clock);
  const play = (day: DayOptions = {}): Promise<DayReport> => playDay(world, pagerduty, day);
  const control = controlRoutes({
    world,
    received,
    pagerduty,
    port,
    webhooks,
    configure,
    playDay: play,
  });

  const listener = await listen(
    (request, cut) => {
      const path = request.url.slice(request.url.indexOf("/", "https://".length));
      if (path.startsWith("/v1/")) return toPort(request, cut);
      if (path.startsWith("/ingest/")) return toIngest(request, cut);
      if (path.startsWith("/__sandbox/")) return control.fetch(request);
      return toPagerDuty(request, cut);
    },
    { host: options.host ?? "127.0.0.1", port: options.port ?? 0 },
  );
  const close = async (): Promise<void> => {
    closing.abort();
    world.clock.close();
    await listener.close();
    await catalog?.close();
    await ingest.close();
  };
  return {
    pagerDutyUrl: listener.url,
    ingestUrl: `${listener.url}${ingestPath}`,
    portUrl: listener.url,
    portClientId: clients.clientId,
    portClientSecret: clients.clientSecret,
    portReadOnlyClientId: clients.readOnlyClientId,
    controlUrl: `${listener.url}/__sandbox`,
    token: options.token ?? defaultToken,
    readOnlyToken: options.readOnlyToken ?? defaultReadOnlyToken,
    teamToken: options.teamToken ?? defaultTeamToken,
    clock: world.clock,
    ingest: { received, catalog },
    requests: {
      pagerduty: world.pagerDutyTraffic,
      ingest: world.ingestTraffic,
      port: port.requests,
    },
    pagerduty,
    webhooks,
    port,
    configure,
    replaceKeys: (keys) => world.credentials.replace(keys),
    onRequest: (added) => {
      world.listeners.add(added);
      return () => void world.listeners.delete(added);
    },
    playDay: play,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createWorld(options: SandboxOptions, closing: AbortSignal): World {
  const fixed = options.now === undefined ? undefined : instantOf(options.now);
  const clock = new SandboxClock(fixed, options.time);
  const history = historyOf(options, clock.now());
  const region = options.region ?? "us";
  const account = createAccount({
    key: hashText(history.seed),
    region,
    subdomain: nameHosts(options).subdomain,
    timeZone: history.timeZone,
    services: history.services,
    users: options.users,
  });
  const services = new ServiceStore(account, {
    listed: history.services,
    deleted: history.deletedServices,
    before: Math.floor(history.from / 1000),
  });
  const times = new IncidentTimes(account.key, history.segments);
  const end = Math.floor(history.to / 1000);
  const credentials = new Credentials(
    {
      ...(options.oauth ?? defaultOauth),
      token: options.token ?? defaultToken,
      readOnlyToken: options.readOnlyToken ?? defaultReadOnlyToken,
      teamToken: options.teamToken ?? defaultTeamToken,
      teamId: services.at(0).team?.id ?? account.teams[0]?.id ?? "",
      region,
    },
    () => clock.now(),
  );
  const incidents = new IncidentStore(new IncidentData(account, services, times, end));
  const behaviour = changeBehaviour(defaultBehaviour, behaviourOf(options));
  const world: World = {
    account,
    services,
    incidents,
    directory: new Directory(
      account,
      options.schedules ?? account.policies.length - 1,
      options.shiftSchedules,
    ),
    removed: new Set(),
    audit: new AuditTrail(() => clock.now()),
    statuses: new ServiceStatuses(incidents, account.key),
    edits: new Edits(),
    fieldEdits: new Edits(),
    pieces: incidentPieces(account),
    webhooks: new Webhooks({
      account,
      clock,
      behaviour: () => world.behaviour.webhooks,
      fetch: options.webhookFetch ?? ((request) => fetch(request)),
      closing,
    }),
    clock,
    credentials,
    pagerDutyTraffic: new Traffic(),
    ingestTraffic: new Traffic(),
    listeners: new Set(),
    startedAt: clock.traffic(),
    closing,
    behaviour,
    daysPlayed: 0,
  };
  return world;
}

/** The same world, of which nothing is hidden. */
function worldAsItIs(world: World): World {
  const behaviour = (): World["behaviour"] => ({ ...world.behaviour, ...nothingHidden });
  return Object.defineProperty({ ...world }, "behaviour", { get: behaviour });
}

/** Only what behaviour is: the other options would stay unseen in it. */
function behaviourOf(options: SandboxOptions): BehaviourChanges {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in defaultBehaviour));
}

/** The opaque end of the webhook URL, as long as Port's. */
function ingestKey(key: number): string {
  return [1, 2, 3].map((part) => hash(key, part, 7).toString(36).padStart(7, "0")).join("");
}
