import { z } from "zod";
import { mappingSchema } from "./mapping-schema.ts";

/** The JSON Schema of a mapping, for editors; made of the very schema that checks mappings. */
export function createMappingJsonSchema(): object {
  return z.toJSONSchema(mappingSchema, { io: "input", target: "draft-2020-12" });
}
