import { createServiceFactory, coreServices } from "@backstage/backend-plugin-api";
import type { RootLoggerService, ServiceFactory } from "@backstage/backend-plugin-api";

/** A logger of Backstage's that keeps every line, with all that was given to it. */
export function recordLogs(): { readonly lines: string[]; readonly feature: ServiceFactory } {
  const lines: string[] = [];
  const create = (): RootLoggerService => {
    const write =
      (level: string) =>
      (message: string, meta?: unknown): void => {
        const error = meta instanceof Error ? { stack: meta.stack, message: meta.message } : meta;
        lines.push(`${level} ${message} ${JSON.stringify(error ?? {})}`);
      };
    return {
      error: write("error"),
      warn: write("warn"),
      info: write("info"),
      debug: write("debug"),
      child: create,
    };
  };
  const feature = createServiceFactory({
    service: coreServices.rootLogger,
    deps: {},
    factory: create,
  });
  return { lines, feature };
}
