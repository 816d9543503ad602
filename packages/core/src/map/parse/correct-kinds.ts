import type { Mistake } from "../../errors.ts";
import { describeKind } from "./describe-issue.ts";
import type { MappingDocument } from "./document.ts";
import { type Kind, kinds } from "./kinds.ts";
import { findNearestName } from "../../nearest-name.ts";

/**
 * Which selector is right hangs on the kind, so one misspelt kind would hide every other mistake of its
 * resource. It is told here, and the rest is checked as if the nearest kind had been written.
 */
export function correctKinds(
  value: unknown,
  document: MappingDocument,
): { readonly value: unknown; readonly mistakes: readonly Mistake[] } {
  const resources = isObject(value) ? value["resources"] : undefined;
  if (!isObject(value) || !Array.isArray(resources)) return { value, mistakes: [] };
  const mistakes: Mistake[] = [];
  const corrected = resources.map((resource: unknown, index) => {
    const kind = isObject(resource) ? resource["kind"] : undefined;
    if (!isObject(resource) || typeof kind !== "string" || isKind(kind)) return resource;
    const nearest = findNearestName(kind, kinds);
    if (nearest === undefined) return resource;
    mistakes.push(document.mistakeAt(["resources", index, "kind"], describeKind(kind)));
    return withKind(resource, nearest);
  });
  return { value: { ...value, resources: corrected }, mistakes };
}

function withKind(resource: object, kind: string): object {
  return { ...resource, kind };
}

function isKind(name: string): name is Kind {
  return kinds.some((kind) => kind === name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
