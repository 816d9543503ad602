import type {
  AuditorService,
  HttpAuthService,
  PermissionsService,
} from "@backstage/backend-plugin-api";
import { InputError, NotAllowedError } from "@backstage/errors";
import { AuthorizeResult } from "@backstage/plugin-permission-common";
import { getRequestListener } from "@hono/node-server";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { pagerportResyncPermission } from "./permissions.ts";
import type { Operations, ResyncType } from "./operations.ts";

export interface RouterOptions {
  readonly operations: Operations;
  readonly httpAuth: HttpAuthService;
  readonly permissions: PermissionsService;
  readonly auditor: AuditorService;
}

/** `{"type": "delta"}` is all that a request for a resync can say. */
const longestRequest = "1kb";

/**
 * Makes the plugin's routes. Who may call which is Backstage's to check, but for permissions; what goes
 * wrong is passed on to Backstage, which answers in its own way.
 */
export function createRouter({ operations, ...deps }: RouterOptions): Router {
  const router = express.Router();
  // As Web requests, whose bodies are read as they came: the signature is over the very bytes.
  const receive = getRequestListener((request) => operations.receive(request), {
    overrideGlobalObjects: false,
  });
  router.all("/webhook", (request, response) => void receive(request, response));
  router.get(
    "/health",
    answerWith(() => operations.health()),
  );
  router.get(
    "/status",
    answerWith(() => operations.status()),
  );
  router.post("/resync", (request, response, next) => {
    void passOnErrors(() => requestResync(request, response, operations, deps), next);
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

async function requestResync(
  request: Request,
  response: Response,
  operations: Operations,
  { httpAuth, permissions, auditor }: Omit<RouterOptions, "operations">,
): Promise<void> {
  const audit = await auditor.createEvent({ eventId: "resync", severityLevel: "medium", request });
  try {
    const credentials = await httpAuth.credentials(request, { allow: ["user", "service"] });
    const asked = [{ permission: pagerportResyncPermission }];
    const [decision] = await permissions.authorize(asked, { credentials });
    if (decision?.result !== AuthorizeResult.ALLOW) {
      throw new NotAllowedError("You may not ask for a resync: permission pagerport.resync");
    }
    const type = parseType(await readJson(request, response));
    await operations.resync(type);
    await audit.success({ meta: { type } });
    response.status(202).json({ requested: type });
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

function parseType(body: unknown): ResyncType {
  const { type = "full" } = (body ?? {}) as { readonly type?: unknown };
  if (type === "full" || type === "delta") return type;
  throw new InputError("The type of a resync must be 'full' or 'delta'");
}
