import type { z } from "zod";
import type { Mistake } from "../../errors.ts";
import { describeIssues, describeUnknownKeys } from "./describe-issue.ts";
import type { MappingDocument } from "./document.ts";

/** Checks a document against a schema: its value with defaults filled in, or every mistake. */
export function checkShape<T extends z.ZodType>(
  document: MappingDocument,
  schema: T,
): { readonly value: z.output<T> } | { readonly mistakes: readonly Mistake[] } {
  const result = schema.safeParse(document.value, { error: describeUnknownKeys });
  if (result.success) return { value: result.data };
  return { mistakes: describeIssues(result.error.issues, document) };
}
