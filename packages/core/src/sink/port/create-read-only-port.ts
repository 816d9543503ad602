import { ReadOnlyError } from "../../errors.ts";
import type { PortClient, PortRequest } from "./port-client.ts";

/** Questions that Port's API takes as a POST: each has a body, and changes nothing. */
const questions: readonly RegExp[] = [
  /^\/entities\/search$/,
  /^\/blueprints\/[^/]+\/entities\/search$/,
  /^\/blueprints\/entities\/datasource-entities$/,
];

/**
 * Makes a client that only reads: whatever could change something is refused before it is sent, so that a
 * write that slips through shows in tests, and never in Port.
 *
 * @throws {ReadOnlyError} from `send`, for every request that is no question
 */
export function createReadOnlyPort(port: PortClient): PortClient {
  return {
    async send(request) {
      if (isQuestion(request)) return port.send(request);
      const { method, path } = request;
      throw new ReadOnlyError(`Port is only read here, and was not sent ${method} /v1${path}`);
    },
  };
}

function isQuestion({ method, path }: PortRequest): boolean {
  if (method === "GET") return true;
  return method === "POST" && questions.some((question) => question.test(path));
}
