/** An answer that is not success, in PagerDuty's shape. Thrown by whatever finds the request wrong. */
export class PagerDutyProblem extends Error {
  override name = "PagerDutyProblem";
  readonly status: number;
  readonly code: number;
  readonly errors: readonly string[];

  /** @param code PagerDuty's own number of the error */
  constructor(status: number, code: number, message: string, errors: readonly string[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** `{"error":{"message","code","errors"}}`; without `errors` where there are none. */
  toResponse(): Response {
    const { message, code, errors } = this;
    const error = errors.length === 0 ? { message, code } : { message, errors, code };
    return Response.json({ error }, { status: this.status });
  }
}

/** 400, code 2001: a parameter that cannot be. */
export function invalidInput(...errors: string[]): PagerDutyProblem {
  return new PagerDutyProblem(400, 2001, "Invalid Input Provided", errors);
}

/** 401, code 2006: no, a garbled, an unknown or an expired credential. */
export function authenticationFailed(): PagerDutyProblem {
  return new PagerDutyProblem(401, 2006, "Authentication failed", [
    "The API token supplied is invalid or has expired",
  ]);
}

/** 403, code 2010: the credential is good, but not for this. */
export function accessDenied(reason: string): PagerDutyProblem {
  return new PagerDutyProblem(403, 2010, "Access Denied", [reason]);
}

/** 404, code 2100. */
export function notFound(): PagerDutyProblem {
  return new PagerDutyProblem(404, 2100, "Not Found");
}

/** What a resource is refused with as a whole: without the plan for it, without the right to it … */
export function refusal(status: number): PagerDutyProblem {
  if (status === 402) return new PagerDutyProblem(402, 2014, "Missing Account Ability");
  if (status === 403) return accessDenied("The token may not read this resource");
  if (status === 404) return notFound();
  return new PagerDutyProblem(status, 2000, "Internal Server Error");
}
