import type { ObjectKey } from "./freshness.ts";
import { addEvents, noPayload } from "./inbox.ts";
import type { Sql } from "./sql.ts";

/** What stands in the place of an event's type, of an object that is to be read again. */
const readAgainType = "pagerport.read_again";

/**
 * Queues objects as if an event had come for each: whoever is alive reads them anew, and brings Port to
 * their present state. Done again for the same reason, it is the same.
 *
 * @param reason tells this from every other time
 */
export async function queueAgain(
  sql: Sql,
  objects: readonly ObjectKey[],
  reason: string,
): Promise<void> {
  await addEvents(
    sql,
    objects.map((key) => ({
      id: `read-again/${reason}/${key}`,
      type: readAgainType,
      key,
      others: [],
      occurredAt: undefined,
      signedBy: undefined,
      payload: noPayload,
      state: "waiting",
    })),
  );
}
