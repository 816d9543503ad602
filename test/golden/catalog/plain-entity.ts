/** An entity as the sandbox's Port should hold it: what is not set is null, or an empty list. */
export interface PlainEntity {
  readonly blueprint: string;
  readonly identifier: string;
  readonly title: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly relations: Readonly<Record<string, string | readonly string[] | null>>;
}

/** Entities by blueprint and identifier; of two alike the later one. */
export function byName<Entity extends Pick<PlainEntity, "blueprint" | "identifier">>(
  entities: Iterable<Entity>,
): Map<string, Entity> {
  return new Map(
    Array.from(entities, (entity) => [`${entity.blueprint} ${entity.identifier}`, entity]),
  );
}
