import type { World } from "../world.ts";

/** Changes to single objects that the generated data knows nothing of. */
export class Edits {
  readonly #byId = new Map<string, Readonly<Record<string, unknown>>>();

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** Puts other values in the place of an object's fields, in every answer from now on. */
  change(id: string, fields: Readonly<Record<string, unknown>>): void {
    this.#byId.set(id, { ...this.#byId.get(id), ...fields });
  }

  /** What was changed of an object. */
  of(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.#byId.get(id);
  }
}

/** An object of the API with what was changed of it by hand. */
export function changed(
  { edits }: World,
  object: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const id = object["id"];
  if (edits.isEmpty || typeof id !== "string") return object;
  const fields = edits.of(id);
  return fields === undefined ? object : { ...object, ...fields };
}
