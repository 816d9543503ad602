import type { PortRequest } from "./port-client.ts";

/** Questions that Port takes as POST. */
const questions = /\/(?:search|datasource-entities)$/;

/** Whether a request changes nothing in Port. */
export function isReading({ method, path }: PortRequest): boolean {
  return method === "GET" || (method === "POST" && questions.test(path));
}
