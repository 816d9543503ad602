import { createExtensionPoint } from "@backstage/backend-plugin-api";

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
  /**
   * As it was sent to Port: `title`, `properties`, `relations` and what else the mapping gives. Where it
   * is told again, as Port has it.
   */
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
 * It is told after Port has taken the change, by the replica that wrote it, at least once; what did not
 * change in Port is not told again. What it fails to do is logged and does not hold up Port: a minute
 * later it is told of the entity as Port has it by then, or that it is gone, and again until it takes it,
 * whatever was restarted in between. So it must not mind to be told of the same twice. The next write
 * waits for it, 10 seconds at most.
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
