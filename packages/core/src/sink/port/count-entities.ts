import { HttpError } from "../../errors.ts";
import type { PortClient } from "./port-client.ts";

/** How many entities a blueprint has, whoever wrote them; 0 where there is no such blueprint. */
export async function countEntities(
  port: PortClient,
  blueprint: string,
  signal?: AbortSignal,
): Promise<number> {
  try {
    const path = `/blueprints/${encodeURIComponent(blueprint)}/entities-count`;
    const { body } = await port.send({ method: "GET", path, as: "exporter", signal });
    return typeof body["count"] === "number" ? body["count"] : 0;
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return 0;
    throw error;
  }
}
