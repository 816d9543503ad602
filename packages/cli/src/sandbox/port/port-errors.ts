/** An answer that is not success, in Port's shape. Thrown by whatever finds the request wrong. */
export class PortProblem extends Error {
  override name = "PortProblem";
  readonly status: number;
  /** Port's own name of the error, such as `not_found`. */
  readonly error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }

  /** `{"ok":false,"error","message"}` */
  toResponse(): Response {
    const { error, message } = this;
    return Response.json({ ok: false, error, message }, { status: this.status });
  }
}

/** 422: the request, or an entity against its blueprint, is not what it must be. */
export function invalid(message: string): PortProblem {
  return new PortProblem(422, "invalid_request", message);
}

/** 404: what is named is not there. */
export function missing(what: string, identifier: string): PortProblem {
  return new PortProblem(404, "not_found", `${what} with identifier "${identifier}" was not found`);
}

/** 409: there is one of that identifier. */
export function taken(what: string, identifier: string): PortProblem {
  return new PortProblem(
    409,
    "identifier_taken",
    `${what} with identifier "${identifier}" already exists`,
  );
}

/** 401: no token, one of another account, a revoked or an expired one. */
export function unauthorized(message: string): PortProblem {
  return new PortProblem(401, "unauthorized", message);
}
