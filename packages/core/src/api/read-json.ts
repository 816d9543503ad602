import type { z } from "zod";
import type { Clock } from "../clock.ts";
import { createBodyBudget } from "../server/body-budget.ts";
import { readBody } from "../server/read-body.ts";
import { ApiProblem } from "./problem.ts";

/** Mistakes of a body that are told one by one. */
const toldMistakes = 20;
/** The rest of such a body may still be on its way. */
const close = { headers: { connection: "close" } };

/**
 * Reads and checks a body.
 *
 * A form of a page elsewhere, which a browser sends without asking, cannot be JSON: its type is checked
 * even where there is no body.
 *
 * @throws {ApiProblem}
 */
export async function readJson<Body>(
  request: Request,
  schema: z.ZodType<Body>,
  clock: Clock,
): Promise<Body> {
  checkType(request.headers);
  const { body, problem } = await readBody(request, { clock, bodies: createBodyBudget({ clock }) });
  if (problem === "too large") {
    throw new ApiProblem("too-large", "The body is larger than 1 MiB", close);
  }
  if (problem === "too slow") {
    throw new ApiProblem("too-slow", "The body did not arrive within 5 s", close);
  }
  if (problem !== undefined) throw new ApiProblem("invalid", "The body broke off", close);
  const { success, data, error } = schema.safeParse(parse(body));
  if (success) return data;
  const errors = error.issues.slice(0, toldMistakes).map(({ path, message }) => ({
    path: path.join("."),
    message,
  }));
  const detail = errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  throw new ApiProblem("invalid", detail, { errors });
}

function checkType(headers: Headers): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  const encoding = headers.get("content-encoding") ?? "identity";
  if (type.trim().toLowerCase() === "application/json" && encoding === "identity") return;
  throw new ApiProblem(
    "not-json",
    "The content type must be application/json, uncompressed",
    close,
  );
}

/** No body is an empty object. */
function parse(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new ApiProblem("invalid", "The body is not JSON");
  }
}
