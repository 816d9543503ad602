import type { JsonObject } from "../../json.ts";
import { type IntegrationRequest, pathOf } from "./integration-request.ts";
import { maskSecrets } from "./mask-secrets.ts";
import type { PortClient } from "./port-client.ts";

/** Objects of each kind that Port is shown: Ocean's own figure. */
const mostExamples = 5;

/** The first objects of each kind of one run, as PagerDuty gave them but without secrets. */
export interface KindExamples {
  /** Takes what is still wanted of a page. The objects stay as they are. */
  keep(kind: string, objects: readonly JsonObject[]): void;
  /** What was kept so far, by kind. */
  all(): ReadonlyMap<string, readonly JsonObject[]>;
}

/** Makes the keeper of one run's examples. */
export function createKindExamples(): KindExamples {
  const kept = new Map<string, JsonObject[]>();
  return {
    keep(kind, objects) {
      const examples = kept.get(kind) ?? [];
      if (examples.length >= mostExamples || objects.length === 0) return;
      examples.push(...objects.slice(0, mostExamples - examples.length).map(maskSecrets));
      kept.set(kind, examples);
    },
    all: () => kept,
  };
}

/**
 * Gives Port the examples of a run: with them its UI shows what a mapping makes of an object. Those of
 * a kind replace what it had; a kind without any keeps them.
 *
 * @throws {HttpError} {@link NetworkError} no run should fail for it
 */
export async function reportKindExamples(
  port: PortClient,
  request: IntegrationRequest & { readonly examples: KindExamples },
): Promise<void> {
  const sent = Array.from(request.examples.all(), ([kind, examples]) =>
    port.send({
      method: "POST",
      path: `${pathOf(request)}/kinds/${encodeURIComponent(kind)}/examples`,
      body: { examples: [...examples] },
      signal: request.signal,
    }),
  );
  await Promise.all(sent);
}
