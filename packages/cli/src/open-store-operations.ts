import {
  type ApiOperations,
  createApiOperations,
  createFilePins,
  createPostgresPins,
  doAudited,
  loadExpectedHosts,
  loadStoreSettings,
  queueRun,
  readStatus,
  requireSetting,
  type SettingSources,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";
import type { OpenedOperations } from "./open-operations.ts";
import { openServerStore } from "./open-server-store.ts";

/**
 * Opens what a person may see and decide, of the store that a server of the same settings has. What is done is
 * recorded there.
 *
 * @throws {ConfigError} where there is none
 */
export async function openStoreOperations(
  sources: SettingSources,
  context: CliContext,
): Promise<OpenedOperations> {
  const store = await openServerStore(sources, context);
  const { sql, place } = store;
  const integrationIdentifier = requireSetting("integrationIdentifier", sources);
  const { databaseUrl, stateDir } = loadStoreSettings(sources, context.cwd);
  const pins =
    databaseUrl === undefined
      ? createFilePins({ stateDir, integrationIdentifier })
      : createPostgresPins({ sql, integrationIdentifier });
  const expected = loadExpectedHosts(sources);
  const operations = createApiOperations({
    sql,
    clock: context.clock,
    // A server on this store begins it.
    service: { requestResync: (type) => queueRun(sql, type) },
    readStatus: () => readStatus({ store, integrationIdentifier, pins, expected }),
  });
  return {
    operations: recordActions(operations, sql),
    place,
    [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose](),
  };
}

function recordActions(
  operations: ApiOperations,
  sql: Parameters<typeof doAudited>[0],
): ApiOperations {
  const record = <Value>(
    action: string,
    { by, what }: { readonly by: string; readonly what: string },
    work: () => Promise<Value>,
  ): Promise<Value> => doAudited(sql, { who: by, from: "command line", action, what }, work);
  const describePlan = (id: number, only: readonly string[] | undefined): string =>
    only === undefined ? `plan ${id}` : `plan ${id}, only ${only.join(", ")}`;
  return {
    ...operations,
    approvePlan: (id, { only, by }) =>
      record("approve", { by, what: describePlan(id, only) }, () =>
        operations.approvePlan(id, { only, by }),
      ),
    rejectPlan: (id, { only, by }) =>
      record("reject", { by, what: describePlan(id, only) }, () =>
        operations.rejectPlan(id, { only, by }),
      ),
  };
}
