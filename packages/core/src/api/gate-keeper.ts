import type { ApiAccess } from "./routes.ts";

/** Who was let in. */
export interface ApiCaller {
  /** What audit records call it. */
  readonly who: string;
  /** Where the request came from: an address. */
  readonly from: string;
}

/**
 * Decides who may ask for what.
 *
 * @typeParam Peer what is known of the other side besides its request
 */
export interface ApiGate<Peer> {
  /** Where a request came from, for records of those that are not let in. */
  nameOrigin(peer: Peer): string;
  /** @throws {ApiProblem} with `who` where the caller is known, and may not */
  admit(request: Request, access: ApiAccess, peer: Peer): Promise<ApiCaller>;
}
