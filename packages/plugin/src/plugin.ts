import {
  type BackendFeature,
  coreServices,
  createBackendPlugin,
} from "@backstage/backend-plugin-api";
import { eventsServiceRef } from "@backstage/plugin-events-node";
import { describeError } from "@pagerport/core";
import { createSynchroniser, type Environment } from "./create-synchroniser.ts";
import { findNextTask } from "./find-next-task.ts";
import { openDatabase } from "./open-database.ts";
import { createIdleOperations, type Operations } from "./operations.ts";
import { pagerportPermissions } from "./permissions.ts";
import { createIdleApi, createPortalApi, type PortalApiOptions } from "./portal-api.ts";
import { readPluginConfig } from "./read-config.ts";
import { createRouter } from "./router.ts";
import { pagerportSinkExtensionPoint, type Sink } from "./sink.ts";

/** The one path that is open to all: what comes in there is signed. */
const webhookPath = "/webhook";

/** The scheduled resync, as Backstage's scheduler calls it. */
const taskId = "resync";

/** Makes the plugin, for the world as it is or as a test has it. */
export function createPagerportPlugin(environment: Environment): BackendFeature {
  return createBackendPlugin({
    pluginId: "pagerport",
    register(plugin) {
      const sinks: Sink[] = [];
      plugin.registerExtensionPoint(pagerportSinkExtensionPoint, {
        addSink: (sink) => void sinks.push(sink),
      });
      plugin.registerInit({
        deps: {
          auditor: coreServices.auditor,
          auth: coreServices.auth,
          config: coreServices.rootConfig,
          database: coreServices.database,
          events: eventsServiceRef,
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
          lifecycle: coreServices.lifecycle,
          logger: coreServices.logger,
          permissions: coreServices.permissions,
          permissionsRegistry: coreServices.permissionsRegistry,
          scheduler: coreServices.scheduler,
          userInfo: coreServices.userInfo,
        },
        async init({ config: appConfig, database, httpRouter, lifecycle, logger, ...services }) {
          const config = await readPluginConfig(appConfig);
          services.permissionsRegistry.addPermissions(pagerportPermissions);
          httpRouter.addAuthPolicy({ path: webhookPath, allow: "unauthenticated" });
          const { hosts, missing, access } = config;
          const route = (
            operations: Operations,
            own: Pick<PortalApiOptions, "operations" | "sql">,
          ): void => {
            const onAction = (message: string): void => logger.info(message);
            const onError = (error: unknown): void =>
              logger.error(`A request to the API could not be answered: ${describeError(error)}`);
            const { clock } = environment;
            const api = createPortalApi({ ...services, ...own, access, clock, onAction, onError });
            httpRouter.use(createRouter({ operations, api, access, ...services }));
          };
          if (hosts === undefined) {
            logger.warn(`Nothing is synchronised, as these are not set: ${missing.join(", ")}`);
            const operations = createIdleApi(missing);
            route(createIdleOperations(missing), { operations, sql: undefined });
            return;
          }
          const store = await openDatabase(database);
          const { events } = services;
          const synchroniser = createSynchroniser({
            ...environment,
            config,
            hosts,
            store,
            logger,
            events,
            sinks,
            findNextRun: () => findNextTask(database, taskId),
          });
          route(synchroniser.operations, { operations: synchroniser.api, sql: store.sql });
          lifecycle.addStartupHook(() => synchroniser.start());
          lifecycle.addShutdownHook(() => synchroniser.stop());
          await services.scheduler.scheduleTask({
            ...config.schedule,
            id: taskId,
            scope: "global",
            fn: (signal) => synchroniser.resyncOnSchedule(signal),
          });
        },
      });
    },
  });
}
