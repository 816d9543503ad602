import { createExtensionPoint, type LoggerService } from "@backstage/backend-plugin-api";
import { describeError, type WatchWritesOptions } from "@pagerport/core";

/**
 * An entity that is in Port's catalog now.
 *
 * @public
 */
export interface SinkEntity {
  readonly blueprint: string;
  readonly identifier: string;
  /** False where Port had it already, otherwise. */
  readonly created: boolean;
  /** As it was sent to Port: `title`, `properties`, `relations` and what else the mapping gives. */
  readonly entity: { readonly [field: string]: unknown };
}

/**
 * The name of an entity.
 *
 * @public
 */
export interface SinkEntityRef {
  readonly blueprint: string;
  readonly identifier: string;
}

/**
 * A further place for what is written to Port's catalog: a search index, a data warehouse, a chat.
 *
 * It is told after Port has taken the change, by the replica that wrote it, once; what did not change in
 * Port is not told again. What a sink fails to do is logged and neither repeated nor does it hold up
 * Port. The next write waits for it, so it must not take long.
 *
 * @public
 */
export interface Sink {
  /** For logs. */
  readonly name: string;
  /** Takes entities that were created or changed. */
  write(entities: readonly SinkEntity[]): Promise<void>;
  /** Takes the names of entities that were deleted. */
  delete(entities: readonly SinkEntityRef[]): Promise<void>;
}

/**
 * Where modules add to what pagerport does.
 *
 * @public
 */
export interface PagerportSinkExtensionPoint {
  /** Adds a place for what is written to Port's catalog. */
  addSink(sink: Sink): void;
}

/**
 * The extension point of modules that add a {@link Sink}.
 *
 * @public
 */
export const pagerportSinkExtensionPoint = createExtensionPoint<PagerportSinkExtensionPoint>({
  id: "pagerport.sinks",
});

/** Tells sinks of what was written, all at once; what fails in one concerns no other. */
export function createSinkRelay(
  sinks: readonly Sink[],
  logger: LoggerService,
): Pick<WatchWritesOptions, "onWritten" | "onDeleted"> {
  async function tell(what: string, work: (sink: Sink) => Promise<void>): Promise<void> {
    await Promise.all(
      sinks.map(async (sink) => {
        try {
          await work(sink);
        } catch (error) {
          logger.error(`The sink '${sink.name}' did not take ${what}: ${describeError(error)}`);
        }
      }),
    );
  }
  return {
    onWritten: (entities) =>
      tell(`${entities.length} written entities`, (sink) => sink.write(entities)),
    onDeleted: (blueprint, identifiers) =>
      tell(`${identifiers.length} deleted entities`, (sink) =>
        sink.delete(identifiers.map((identifier) => ({ blueprint, identifier }))),
      ),
  };
}
