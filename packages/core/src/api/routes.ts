import type { z } from "zod";
import { writeEntity, writePause, writePauseInForce, writeSummary } from "./convert.ts";
import type { ApiOperations } from "./operations.ts";
import { ApiProblem, type ProblemSort } from "./problem.ts";
import {
  approvalAnswer,
  decisionBody,
  emptyBody,
  pauseAnswer,
  pauseBody,
  planAnswer,
  plansAnswer,
  rejectionAnswer,
  resumeAnswer,
  resyncAnswer,
  resyncBody,
  statusAnswer,
} from "./schemas.ts";

/** What somebody must be allowed to for a route. */
export type ApiAccess = "read" | "approve" | "pause" | "resync";

/** What a route answers from. */
interface RouteInput<Body> {
  readonly operations: ApiOperations;
  /** Of the path; 0 where it has none. */
  readonly id: number;
  readonly body: Body;
  /** Who asks. */
  readonly by: string;
}

/** What is audited of a route that changes something. */
interface RouteAction<Body> {
  readonly name: "approve" | "reject" | "pause" | "resume" | "resync";
  describe(input: Pick<RouteInput<Body>, "id" | "body">): string;
}

/** One route: what it is called by, who may, what it takes and what it answers. */
export interface ApiRoute<Body = unknown> {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`, as OpenAPI writes it. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly access: ApiAccess;
  /** Undefined where it takes none. */
  readonly body?: z.ZodType<Body> | undefined;
  readonly status: 200 | 202;
  readonly answer: z.ZodType;
  /** Problems besides those of every route. */
  readonly problems: readonly ProblemSort[];
  readonly action?: RouteAction<Body> | undefined;
  handle(input: RouteInput<Body>): Promise<object>;
}

/** Identifiers that an audit record names one by one. */
const namedIdentifiers = 20;

const ofPlan: readonly ProblemSort[] = ["no-such-plan", "conflict", "not-on-plan"];

/** Every route of the API; the documents and the client are held against it. */
export const apiRoutes: readonly ApiRoute[] = [
  defineRoute({
    method: "GET",
    path: "/status",
    operationId: "readStatus",
    summary: "How the synchronisation is",
    access: "read",
    status: 200,
    answer: statusAnswer,
    problems: [],
    handle: ({ operations }) => operations.status(),
  }),
  defineRoute({
    method: "GET",
    path: "/deletions",
    operationId: "listPlans",
    summary: "Plans: what is withheld and waits for a person",
    access: "read",
    status: 200,
    answer: plansAnswer,
    problems: [],
    handle: async ({ operations }) => ({ plans: (await operations.listPlans()).map(writeSummary) }),
  }),
  defineRoute({
    method: "GET",
    path: "/deletions/{id}",
    operationId: "showPlan",
    summary: "One plan, with its entities",
    access: "read",
    status: 200,
    answer: planAnswer,
    problems: ["no-such-plan"],
    async handle({ operations, id }) {
      const plan = await operations.showPlan(id);
      if (plan === undefined) throw new ApiProblem("no-such-plan", `There is no plan ${id}`);
      const { summary, entities, ...rest } = plan;
      return { ...rest, plan: writeSummary(summary), entities: entities.map(writeEntity) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/deletions/{id}/approve",
    operationId: "approvePlan",
    summary: "Approve a plan, or some of it: what is approved is deleted by the run that follows",
    access: "approve",
    body: decisionBody,
    status: 200,
    answer: approvalAnswer,
    problems: ofPlan,
    action: { name: "approve", describe: describeDecision },
    handle: ({ operations, id, body: { only }, by }) => operations.approvePlan(id, { only, by }),
  }),
  defineRoute({
    method: "POST",
    path: "/deletions/{id}/reject",
    operationId: "rejectPlan",
    summary: "Reject a plan, or some of it: what is rejected stays",
    access: "approve",
    body: decisionBody,
    status: 200,
    answer: rejectionAnswer,
    problems: ofPlan,
    action: { name: "reject", describe: describeDecision },
    handle: ({ operations, id, body: { only }, by }) => operations.rejectPlan(id, { only, by }),
  }),
  defineRoute({
    method: "GET",
    path: "/pause",
    operationId: "readPause",
    summary: "Whether it is paused, and who may still write",
    access: "read",
    status: 200,
    answer: pauseAnswer,
    problems: [],
    handle: async ({ operations }) => writePauseInForce(await operations.readPause()),
  }),
  defineRoute({
    method: "POST",
    path: "/pause",
    operationId: "pause",
    summary: "Pause: events are kept, nothing is written, or only nothing deleted",
    access: "pause",
    body: pauseBody,
    status: 200,
    answer: pauseAnswer,
    problems: [],
    action: {
      name: "pause",
      describe: ({ body: { scope, forSeconds, reason } }) =>
        [
          scope,
          forSeconds === undefined ? "until somebody resumes" : `for ${forSeconds} s`,
          ...(reason === undefined ? [] : [reason]),
        ].join(", "),
    },
    async handle({ operations, body: { scope, forSeconds, reason }, by }) {
      const length = forSeconds === undefined ? undefined : forSeconds * 1000;
      return writePauseInForce(await operations.pause({ scope, for: length, reason, by }));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/resume",
    operationId: "resume",
    summary: "End the pause",
    access: "pause",
    body: emptyBody,
    status: 200,
    answer: resumeAnswer,
    problems: [],
    action: { name: "resume", describe: () => "" },
    handle: async ({ operations, by }) => ({ ended: writePause(await operations.resume({ by })) }),
  }),
  defineRoute({
    method: "POST",
    path: "/resyncs",
    operationId: "resync",
    summary: "Ask for a resync as soon as none goes on; several are one",
    access: "resync",
    body: resyncBody,
    status: 202,
    answer: resyncAnswer,
    problems: [],
    action: { name: "resync", describe: ({ body: { type } }) => type },
    async handle({ operations, body: { type }, by }) {
      await operations.resync(type, by);
      return { requested: type };
    },
  }),
];

/** Ties a route's body to its schema; whoever goes over all routes need not know it. */
function defineRoute<Body>(route: ApiRoute<Body>): ApiRoute {
  return route;
}

function describeDecision({
  id,
  body: { only },
}: {
  readonly id: number;
  readonly body: z.infer<typeof decisionBody>;
}): string {
  if (only === undefined) return `plan ${id}`;
  const named = only.slice(0, namedIdentifiers).join(", ");
  const rest = only.length - namedIdentifiers;
  return `plan ${id}, only ${named}${rest > 0 ? ` and ${rest} more` : ""}`;
}
