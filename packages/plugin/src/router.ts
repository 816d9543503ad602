import type { AuditorService, HttpAuthService } from "@backstage/backend-plugin-api";
import type { BasicPermission } from "@backstage/plugin-permission-common";
import { getRequestListener } from "@hono/node-server";
import type { Api } from "@pagerport/core";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { allowCaller, type AllowCallerDeps } from "./allow-caller.ts";
import { pagerportRestorePermission, pagerportResyncPermission } from "./permissions.ts";
import type { Operations } from "./operations.ts";
import type { PortalPeer } from "./portal-api.ts";
import { parseRestore, parseResync } from "./parse-request.ts";

export interface RouterOptions extends AllowCallerDeps {
  readonly operations: Operations;
  readonly api: Api<PortalPeer>;
  readonly httpAuth: HttpAuthService;
  readonly auditor: AuditorService;
}

/** A request names what is to be put back, a thousand entities at most. */
const longestRequest = "100kb";

/** Old checks of load balancers name no host. */
const listenerOptions = { overrideGlobalObjects: false, hostname: "localhost" };

/**
 * Makes the plugin's routes. Who may call which is Backstage's to check, but for permissions; what goes
 * wrong is passed on to Backstage, which answers in its own way.
 */
export function createRouter({ operations, api, ...deps }: RouterOptions): Router {
  const router = express.Router();
  // As Web requests, whose bodies are read as they came: the signature is over the very bytes.
  const receive = getRequestListener((request) => operations.receive(request), listenerOptions);
  router.all("/webhook", (request, response) => void receive(request, response));
  router.all(/^\/v1(?:\/|$)/, (request, response) => {
    const handle = getRequestListener((asked) => api.handle(asked, request), listenerOptions);
    void handle(request, response);
  });
  router.get(
    "/health",
    answerWith(() => operations.health()),
  );
  router.get(
    "/status",
    answerWith(() => operations.status()),
  );
  router.get(
    "/deletions",
    answerWith(() => operations.deletions()),
  );
  router.post("/resync", (request, response, next) => {
    const work = async (body: unknown): Promise<Done> => {
      const type = parseResync(body);
      await operations.resync(type);
      return { status: 202, answer: { requested: type }, meta: { type } };
    };
    const action = { eventId: "resync", permission: pagerportResyncPermission, work };
    void passOnErrors(() => doAllowed(request, response, action, deps), next);
  });
  router.post("/restore", (request, response, next) => {
    const work = async (body: unknown): Promise<Done> => {
      const { identifiers, ...wanted } = parseRestore(body);
      const answer = await operations.restore({ identifiers, ...wanted });
      return { status: 200, answer, meta: { run: wanted.run, overwrite: wanted.overwrite } };
    };
    const action = { eventId: "restore", permission: pagerportRestorePermission, work };
    void passOnErrors(() => doAllowed(request, response, action, deps), next);
  });
  return router;
}

function answerWith(read: () => Promise<object>) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    void passOnErrors(async () => void response.json(await read()), next);
  };
}

async function passOnErrors(work: () => Promise<void>, next: NextFunction): Promise<void> {
  try {
    await work();
  } catch (error) {
    next(error);
  }
}

/** What came of an action. */
interface Done {
  readonly status: number;
  readonly answer: object;
  /** For the audit. */
  readonly meta: Record<string, string | number | boolean>;
}

interface Action {
  readonly eventId: string;
  readonly permission: BasicPermission;
  readonly work: (body: unknown) => Promise<Done>;
}

/** Does what takes a permission, and has it audited, whatever comes of it. */
async function doAllowed(
  request: Request,
  response: Response,
  { eventId, permission, work }: Action,
  { httpAuth, auditor, ...deps }: Omit<RouterOptions, "operations" | "api">,
): Promise<void> {
  const audit = await auditor.createEvent({ eventId, severityLevel: "medium", request });
  try {
    const credentials = await httpAuth.credentials(request, { allow: ["user", "service"] });
    await allowCaller(credentials, permission, deps);
    const { status, answer, meta } = await work(await readJson(request, response));
    await audit.success({ meta });
    response.status(status).json(answer);
  } catch (error) {
    await audit.fail({ error: error instanceof Error ? error : new Error(String(error)) });
    throw error;
  }
}

const readBody = express.json({ limit: longestRequest });

/** Only once the caller is known to be allowed to ask. */
async function readJson(request: Request, response: Response): Promise<unknown> {
  await new Promise<void>((resolve, reject) => {
    readBody(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return request.body;
}
