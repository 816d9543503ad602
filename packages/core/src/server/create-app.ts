import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { readRoutePath } from "../request-path.ts";
import { webhookPaths } from "../webhook/webhook-paths.ts";
import { createBodyBudget } from "./body-budget.ts";
import type { Metrics } from "./metrics/create-metrics.ts";
import { receiveWebhook, type ReceiveWebhookDeps } from "./receive-webhook.ts";
import type { Readiness } from "./readiness.ts";

export interface AppOptions {
  readonly webhook: Omit<ReceiveWebhookDeps, "paths">;
  readonly readReadiness: () => Promise<Readiness>;
  /** Undefined where metrics have a listener of their own: {@link createMetricsApp}. */
  readonly metrics?: Pick<Metrics, "render" | "contentType"> | undefined;
  /** What every route begins with: a slash before it and none behind. @default "" */
  readonly pathPrefix?: string | undefined;
  /** Version of pagerport, for those who ask after its health. */
  readonly version: string;
  /** Told of what should not have happened; the answer says nothing of it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * The server's routes, `app.fetch` takes a request:
 *
 * | route | answer |
 * |---|---|
 * | `POST /webhook`, `POST /integration/webhook` | see {@link receiveWebhook} |
 * | `GET /health/live` | 200 as long as the process answers |
 * | `GET /health/ready` | 200, or 503 while the store cannot be read or written; the body says more |
 * | `GET /metrics` | Prometheus' text, where `metrics` is given |
 *
 * The paths, and that probes come without the prefix, are those of Ocean's container and its chart. Of
 * requests that are for none of these nothing but the first line is looked at.
 */
export function createApp(options: AppOptions): Hono {
  const { pathPrefix = "", version, readReadiness, metrics } = options;
  const app = createBareApp(options);
  const { webhook } = options;
  const { bodies = createBodyBudget(webhook) } = webhook;
  const deps = { ...webhook, bodies, paths: webhookPaths.map((path) => `${pathPrefix}${path}`) };
  for (const path of deps.paths) app.all(path, ({ req }) => receiveWebhook(req.raw, deps));

  for (const prefix of new Set(["", pathPrefix])) {
    addGet(app, `${prefix}/health/live`, (context) =>
      answerProbe(context, { status: "healthy", check: "live", version }, 200),
    );
    addGet(app, `${prefix}/health/ready`, async (context) => {
      const { isReady, ...details } = await readReadiness();
      const status = isReady ? "healthy" : "unhealthy";
      context.header("cache-control", "no-store");
      const body = { status, check: "ready", version, ...details };
      return answerProbe(context, body, isReady ? 200 : 503);
    });
  }
  if (metrics !== undefined) addMetrics(app, pathPrefix, metrics);
  return app;
}

export interface MetricsAppOptions {
  readonly metrics: Pick<Metrics, "render" | "contentType">;
  readonly pathPrefix?: string | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** `GET /metrics` alone, with the prefix and without it. */
export function createMetricsApp(options: MetricsAppOptions): Hono {
  const { metrics, pathPrefix = "" } = options;
  const app = createBareApp(options);
  for (const prefix of new Set(["", pathPrefix])) addMetrics(app, prefix, metrics);
  return app;
}

function createBareApp({ onError }: Pick<AppOptions, "onError">): Hono {
  const app = new Hono({ getPath: readRoutePath });
  app.use(measureHead);
  app.notFound((context) => context.json({ error: "There is nothing here" }, 404));
  app.onError((error, context) => {
    onError?.(error);
    return context.json({ error: "Something went wrong; it is in the log" }, 500);
  });
  return app;
}

/** JSON in a line of its own: whoever asks with curl has the prompt below it. */
function answerProbe(context: Context, body: object, status: 200 | 503): Response {
  return context.body(`${JSON.stringify(body)}\n`, status, { "content-type": "application/json" });
}

/** Ocean answers with a slash at the end as well. */
function addMetrics(
  app: Hono,
  prefix: string,
  metrics: Pick<Metrics, "render" | "contentType">,
): void {
  for (const path of [`${prefix}/metrics`, `${prefix}/metrics/`]) {
    addGet(app, path, async (context) =>
      context.body(await metrics.render(), 200, { "content-type": metrics.contentType }),
    );
  }
}

/** Some runtimes say that a body that is left out has a length of 0. */
const measureHead = createMiddleware(async (context, next) => {
  await next();
  if (context.req.raw.method !== "HEAD") return;
  const { byteLength } = await context.res.clone().arrayBuffer();
  context.header("content-length", String(byteLength));
});

/** HEAD is answered as GET is, without the body. */
function addGet(
  app: Hono,
  path: string,
  handle: (context: Context) => Response | Promise<Response>,
): void {
  app.get(path, handle);
  app.all(path, (context) => {
    context.header("allow", "GET, HEAD");
    return context.json({ error: "This is only read" }, 405);
  });
}
