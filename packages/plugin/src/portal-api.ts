import type {
  AuditorService,
  BackstageCredentials,
  HttpAuthService,
} from "@backstage/backend-plugin-api";
import { AuthenticationError, NotAllowedError } from "@backstage/errors";
import type { BasicPermission } from "@backstage/plugin-permission-common";
import {
  type Api,
  type ApiAccess,
  type ApiAudit,
  type ApiGate,
  type ApiOperations,
  ApiProblem,
  type AuditedAction,
  type Clock,
  createApi,
  createStoreAudit,
  describeError,
  type Sql,
} from "@pagerport/core";
import type { Request } from "express";
import { allowCaller, type AllowCallerDeps, nameCaller } from "./allow-caller.ts";
import {
  pagerportApprovePermission,
  pagerportPausePermission,
  pagerportReadPermission,
  pagerportResyncPermission,
} from "./permissions.ts";

/** What is known of the other side: Backstage's own request, which its services take. */
export type PortalPeer = Request;

export interface PortalApiOptions extends AllowCallerDeps {
  readonly operations: ApiOperations;
  /** Undefined where nothing is configured, and nothing can be done. */
  readonly sql: Sql | undefined;
  readonly clock: Clock;
  readonly httpAuth: HttpAuthService;
  readonly auditor: AuditorService;
  readonly onError: (error: unknown) => void;
  /** Told what was done by hand. */
  readonly onAction: (message: string) => void;
}

const permissionFor: Readonly<Record<ApiAccess, BasicPermission>> = {
  read: pagerportReadPermission,
  approve: pagerportApprovePermission,
  pause: pagerportPausePermission,
  resync: pagerportResyncPermission,
};

/** Makes the API as a portal has it: below `/v1`, with Backstage deciding who may. */
export function createPortalApi(options: PortalApiOptions): Api<PortalPeer> {
  const { operations, clock, onError } = options;
  const gate = createPortalGate(options);
  const audit = createPortalAudit(options);
  return createApi({ operations, gate, audit, clock, basePaths: ["/v1"], onError });
}

function createPortalGate(options: PortalApiOptions): ApiGate<PortalPeer> {
  const { httpAuth, auth } = options;
  const nameOrigin = ({ ip, socket }: PortalPeer): string =>
    ip ?? socket.remoteAddress ?? "an unknown address";
  return {
    nameOrigin,
    async admit(_request, access, peer) {
      const credentials = await readCredentials(peer, httpAuth);
      const who = nameCaller(credentials, auth);
      try {
        await allowCaller(credentials, permissionFor[access], options);
      } catch (error) {
        if (!(error instanceof NotAllowedError)) throw error;
        throw new ApiProblem("not-allowed", error.message, { who });
      }
      return { who, from: nameOrigin(peer) };
    },
  };
}

async function readCredentials(
  peer: PortalPeer,
  httpAuth: HttpAuthService,
): Promise<BackstageCredentials> {
  try {
    return await httpAuth.credentials(peer, { allow: ["user", "service"] });
  } catch (error) {
    if (error instanceof NotAllowedError) throw new ApiProblem("not-allowed", error.message);
    if (!(error instanceof AuthenticationError)) throw error;
    throw new ApiProblem("unauthenticated", "Sign in, or send a token of Backstage's");
  }
}

/** Records in the store and with Backstage's auditor. */
function createPortalAudit({
  sql,
  clock,
  auditor,
  onAction,
}: PortalApiOptions): ApiAudit<PortalPeer> {
  const kept =
    sql === undefined
      ? undefined
      : createStoreAudit<PortalPeer>({
          sql,
          clock,
          onRecord: ({ who, action, what, outcome }) =>
            onAction(
              `By hand, over the API: ${[action, what].join(" ").trim()} by ${who}: ${outcome}`,
            ),
        });
  const begin = ({ action, what }: AuditedAction, request: PortalPeer) =>
    auditor.createEvent({ eventId: action, severityLevel: "medium", request, meta: { what } });
  return {
    async run(action, peer, work) {
      const event = await begin(action, peer);
      try {
        const value = await (kept?.run(action, peer, work) ?? work());
        await event.success();
        return value;
      } catch (error) {
        await event.fail({ error: toError(error) });
        throw error;
      }
    },
    async refuse(action, peer, detail) {
      const event = await begin(action, peer);
      await event.fail({ error: new NotAllowedError(detail) });
      await kept?.refuse(action, peer, detail);
    },
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(describeError(error));
}

/** Operations of a plugin that nobody has given credentials: they tell what is missing. */
export function createIdleApi(missing: readonly string[]): ApiOperations {
  const refuse = async (): Promise<never> => {
    throw new ApiProblem("unavailable", `pagerport is not configured: ${missing.join(", ")}`);
  };
  return {
    status: refuse,
    listPlans: refuse,
    showPlan: refuse,
    approvePlan: refuse,
    rejectPlan: refuse,
    readPause: refuse,
    pause: refuse,
    resume: refuse,
    resync: refuse,
  };
}
