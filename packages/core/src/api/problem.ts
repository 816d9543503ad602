/** What sorts of problems there are; the last part of `type` of what is answered. */
export type ProblemSort =
  | "invalid"
  | "unauthenticated"
  | "not-allowed"
  | "not-found"
  | "no-such-plan"
  | "method-not-allowed"
  | "too-slow"
  | "conflict"
  | "too-large"
  | "not-json"
  | "not-on-plan"
  | "misdirected"
  | "too-many-attempts"
  | "unexpected"
  | "unavailable";

const known: Readonly<Record<ProblemSort, readonly [status: number, title: string]>> = {
  invalid: [400, "The request is not as it must be"],
  unauthenticated: [401, "A token is needed"],
  "not-allowed": [403, "That is not allowed"],
  "not-found": [404, "There is nothing here"],
  "no-such-plan": [404, "There is no such plan"],
  "method-not-allowed": [405, "That method is not for this path"],
  "too-slow": [408, "The body did not arrive in time"],
  conflict: [409, "It is decided already"],
  "too-large": [413, "The body is too large"],
  "not-json": [415, "The body must be JSON"],
  "not-on-plan": [422, "That is not on the plan"],
  misdirected: [421, "This server does not go by that name"],
  "too-many-attempts": [429, "Too many wrong tokens"],
  unexpected: [500, "Something went wrong"],
  unavailable: [503, "It is not available now"],
};

/** What `type` of a problem begins with. */
export const problemTypePrefix = "urn:pagerport:problem:";

export interface ApiProblemOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Who asked for it, where that is known: then it is audited. */
  readonly who?: string | undefined;
  /** What is wrong with fields of the body. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
}

/** Why a request is not answered as it was meant; thrown by whatever finds out. No secret is in it. */
export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly sort: ProblemSort;
  readonly status: number;
  readonly who: string | undefined;
  readonly #options: ApiProblemOptions;

  /** @param detail for a person: what is wrong here, and what to do */
  constructor(sort: ProblemSort, detail: string, options: ApiProblemOptions = {}) {
    super(detail);
    this.sort = sort;
    [this.status] = known[sort];
    this.who = options.who;
    this.#options = options;
  }

  /**
   * The answer.
   *
   * @param instance path that was asked for
   * @see https://www.rfc-editor.org/rfc/rfc9457
   */
  toResponse(instance: string): Response {
    const { headers, errors } = this.#options;
    const [status, title] = known[this.sort];
    const type = `${problemTypePrefix}${this.sort}`;
    const problem = { type, title, status, detail: this.message, instance, errors };
    return new Response(`${JSON.stringify(problem)}\n`, {
      status,
      headers: { "content-type": "application/problem+json", ...headers },
    });
  }
}

/** Status and title of every sort of problem, for whoever describes them. */
export function listProblems(): { sort: ProblemSort; status: number; title: string }[] {
  return Object.entries(known).map(([sort, [status, title]]) => ({
    sort: sort as ProblemSort,
    status,
    title,
  }));
}
