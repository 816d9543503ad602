import {
  type Clock,
  createApp,
  createMetricsApp,
  describeError,
  PagerportError,
  type ServerSettings,
  untilOwnAccount,
} from "@pagerport/core";
import { type CliContext, exitCodes } from "../context.ts";
import { nameProcess } from "../run-lock.ts";
import { chooseExitCode } from "../exit-code.ts";
import { Interrupted } from "../interrupted.ts";
import { type Handler, type Listener, listen } from "../listen.ts";
import { createLog, type Log } from "../ui/log.ts";
import { version } from "../version.ts";
import { type CountedHandler, countRequests } from "./count-requests.ts";
import type { ServeSettings } from "./load-serve-settings.ts";
import { manageShadowWebhook } from "./manage-shadow-webhook.ts";
import { manageWebhook } from "./manage-webhook.ts";
import { openApi } from "./open-api.ts";
import { type OpenedServer, openServer } from "./open-server.ts";
import { prepareServer } from "./prepare-server.ts";
import { openWhenFree, takePlace } from "./take-place.ts";
import { type OpenFiles, watchOpenFiles } from "./watch-open-files.ts";

/**
 * Milliseconds that the first attempt to make Port ready has before requests are taken all the same: a
 * mistake that ends the server is best found before it has taken any.
 */
const preparePatience = 5000;
/** Milliseconds that the first look at the subscription may keep back the first run. */
const subscriptionPatience = 5000;
/**
 * The end of the grace period is for giving up what has not ended: milliseconds at most, and the part of a
 * short one. A claim that is given back is one that nobody waits for.
 */
const longestGivingUp = 3000;
const partForGivingUp = 1 / 4;
/** Milliseconds for answers that have been given to reach the other side. */
const lastBytes = 100;
/** Milliseconds that closing may take; what is not closed by then ends with the process. */
const closePatience = 2000;

/** Runs a server until it is told to stop, and sets the exit code. */
export async function runServer(settings: ServeSettings, context: CliContext): Promise<void> {
  const { logLevel, warnings } = settings.server;
  const { clock } = context;
  const now = (): number => clock.now();
  const log = createLog({ output: context.stderr, level: logLevel, now });
  for (const warning of warnings) log.warn(warning);
  const server = await openServer(settings, log, context);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const giveUp = new AbortController();
  let open: OpenListeners | undefined;
  let working: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  try {
    const tried = Promise.withResolvers<void>();
    const placed = takePlace(server.place, { clock, log, signal });
    if (server.place.other !== undefined) tried.resolve();
    const preparing = placed.then(() =>
      prepareServer({ ...server, clock, log, signal, onSetback: tried.resolve }, context),
    );
    // Whoever waits for them hears of it.
    placed.catch(() => undefined);
    preparing.catch(() => undefined);
    const first = Promise.race([preparing, tried.promise]);
    await waitAtMost(first, preparePatience, clock, signal);
    const openFiles = watchOpenFiles({ clock, log, signal });
    open = await openWhenFree(() => openListeners(settings.server, server, log, clock, openFiles), {
      ...server,
      placed,
      log,
    });
    working = work({ ...server, placed }, preparing, {
      settings,
      clock,
      log,
      signal,
      giveUp: giveUp.signal,
    });
    await Promise.race([working, untilAborted(signal)]);
  } catch (error) {
    if (!signal.aborted) failure = error;
  }
  failed.abort();
  if (failure !== undefined) tellFailure(failure, log);
  log.info("Stopping: what has begun may end, what waits is kept");
  const grace = settings.server.shutdownGrace * 1000;
  await stop({ open, working, grace, giveUp, server, clock, log });
  log.info("Stopped");
  context.exitCode = failure === undefined ? codeOf(context.signal) : chooseExitCode(failure);
  context.endsAtOnce = true;
}

interface OpenListeners {
  readonly listeners: readonly Listener[];
  readonly counted: readonly CountedHandler[];
}

async function openListeners(
  settings: ServerSettings,
  { webhook, metrics, readiness, operations, opened }: OpenedServer,
  log: Log,
  clock: Clock,
  openFiles: OpenFiles,
): Promise<OpenListeners> {
  const { listen: address, metricsListen, pathPrefix } = settings;
  const onError = (error: unknown): void =>
    log.error("A request could not be answered", { error: describeError(error) });
  const app = createApp({
    webhook,
    readReadiness: readiness.read,
    metrics: metricsListen === undefined ? metrics : undefined,
    pathPrefix,
    version,
    onError,
  });
  const toHandler =
    ({ fetch }: ReturnType<typeof createApp>): Handler =>
    (request) =>
      fetch(request);
  const api = openApi({ settings, operations, sql: opened.store.sql, clock, log });
  const events = countRequests(api.share(toHandler(app)));
  const counted = [events];
  const main = await listen(events.handle, { ...address, openFiles });
  const listeners = [main];
  try {
    log.info(`Listening on ${main.url}${pathPrefix}`, { port: main.port });
    if (metricsListen !== undefined) {
      const alone = createMetricsApp({ metrics, pathPrefix, onError });
      const beside = await listen(toHandler(alone), { ...metricsListen, openFiles });
      listeners.push(beside);
      log.info(`Metrics are on ${beside.url}/metrics`, { port: beside.port });
    }
    const own = await api.listen();
    if (own !== undefined) {
      listeners.push(own.listener);
      counted.push(own.counted);
    }
    return { listeners, counted };
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

/** Looks after the webhook and follows events and schedule, until the signal is aborted. */
async function work(
  server: OpenedServer & { readonly placed: Promise<void> },
  preparing: Promise<void>,
  running: {
    readonly settings: ServeSettings;
    readonly clock: Clock;
    readonly log: Log;
    readonly signal: AbortSignal;
    readonly giveUp: AbortSignal;
  },
): Promise<void> {
  const { opened, service, configured, setWebhookState } = server;
  const { settings, clock, log, signal, giveUp } = running;
  const { requiresWebhook, acceptsUnsigned } = settings;
  const { baseUrl, pathPrefix } = settings.server;
  if (acceptsUnsigned)
    log.warn("Whoever can reach this server can send it events: unsigned ones are taken");
  const looked = Promise.withResolvers<void>();
  const follow = async (): Promise<void> => {
    await preparing;
    // What was missed before the subscription was right is then covered by the first run, and needs none of its own.
    await waitAtMost(looked.promise, subscriptionPatience, clock, signal);
    await service.run(signal, giveUp);
  };
  const manage = async (): Promise<void> => {
    await server.placed;
    // Another's account is to get no subscription; that Port does not answer is no reason to have none.
    const found = new AbortController();
    const looking = AbortSignal.any([signal, found.signal]);
    await Promise.race([
      service.untilOwnHosts(looking),
      untilOwnAccount({ ...opened, sql: opened.store.sql, clock, signal: looking }),
    ]);
    found.abort();
    if (signal.aborted) return;
    if (server.isShadow) {
      await manageShadowWebhook({
        ...server,
        settings,
        clock,
        onState: (state) => {
          setWebhookState(state);
          looked.resolve();
        },
        log,
        signal,
      });
      return;
    }
    await manageWebhook({
      api: opened.subscriptions,
      store: opened.store,
      clock,
      owner: nameProcess(),
      configured,
      baseUrl,
      pathPrefix,
      isRequired: requiresWebhook,
      service,
      onState: (state) => {
        setWebhookState(state);
        looked.resolve();
      },
      log,
      signal,
    });
  };
  await Promise.all([follow(), manage()]);
}

/** Takes no more, lets end what has begun as far as that is in time, gives up the rest, and closes everything. */
async function stop(options: {
  readonly open: OpenListeners | undefined;
  readonly working: Promise<unknown>;
  /** Milliseconds. */
  readonly grace: number;
  readonly giveUp: AbortController;
  readonly server: OpenedServer;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<void> {
  const { open, working, grace, giveUp, server, clock, log } = options;
  for (const listener of open?.listeners ?? []) listener.drain();
  const ending = Promise.allSettled([
    working,
    ...(open?.counted ?? []).map((counted) => counted.drain()),
  ]);
  const givingUp = Math.min(longestGivingUp, grace * partForGivingUp);
  if (!(await waitAtMost(ending, grace - givingUp, clock))) {
    const seconds = (grace - givingUp) / 1000;
    log.warn(
      `Not all has ended within ${seconds} s; it is given up, and the next start does it again`,
    );
    giveUp.abort(new PagerportError("The server stops"));
    await waitAtMost(ending, givingUp, clock);
  }
  await clock.sleep(lastBytes);
  const closing = Promise.allSettled([
    ...(open?.listeners ?? []).map((listener) => listener.close()),
    server.close(),
  ]);
  await waitAtMost(closing, closePatience, clock);
}

function tellFailure(error: unknown, log: Log): void {
  const isExpected = error instanceof PagerportError || !(error instanceof Error);
  log.error(describeError(error), isExpected ? {} : { stack: error.stack });
}

/** Ended as the system asked is a good end; as a person did, the shell is told so. */
function codeOf({ reason }: AbortSignal): number {
  const isByHand = reason instanceof Interrupted && reason.signalName === "SIGINT";
  return isByHand ? exitCodes.interrupted : exitCodes.done;
}

/** Whether a promise was settled in time; rejects where it does. */
async function waitAtMost(
  promise: Promise<unknown>,
  milliseconds: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<boolean> {
  const ended = new AbortController();
  const both = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const late = clock.sleep(milliseconds, both).catch(() => undefined);
  try {
    return await Promise.race([promise.then(() => true), late.then(() => false)]);
  } finally {
    ended.abort("ended");
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
