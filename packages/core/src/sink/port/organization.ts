import { HttpError } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import type { PortClient } from "./port-client.ts";

/** The organisation that credentials of Port belong to. */
export interface Organization {
  readonly id: string;
  /** What people call it; the id where Port tells no name. */
  readonly name: string;
}

/**
 * Reads whose credentials they are; undefined where Port does not tell them.
 *
 * @throws {HttpError} {@link NetworkError} when Port refuses the credentials or cannot be reached
 */
export async function readOrganization(
  port: PortClient,
  signal?: AbortSignal,
): Promise<Organization | undefined> {
  try {
    const { body } = await port.send({ method: "GET", path: "/organization", signal });
    const { organization } = body;
    if (!isJsonObject(organization)) return undefined;
    const { id, name } = organization;
    if (typeof id !== "string" || id === "") return undefined;
    return { id, name: typeof name === "string" && name !== "" ? name : id };
  } catch (error) {
    if (error instanceof HttpError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}
