import type { Mapping } from "../../../map/mapping.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import { findEntities } from "../../../sink/port/find-entities.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import type { EntityRef } from "../../../store/produced.ts";
import type { CarriedOut, KeptWithReason } from "./carried-out.ts";
import { planStub } from "./plan-stub.ts";

export interface PreviewStubsOptions {
  readonly port: PortClient;
  readonly mapping: Pick<Mapping, "resources">;
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly removals: readonly EntityRef[];
  readonly stubs: readonly EntityRef[];
  /** Names of entities that are stubs already. */
  readonly known: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/** What carrying out would come to, where nothing is written. */
export async function previewStubs(options: PreviewStubsOptions): Promise<CarriedOut[]> {
  const { port, mapping, blueprints, removals, stubs, known, signal } = options;
  const names = new Set([...removals, ...stubs].map(({ blueprint }) => blueprint));
  const previews: CarriedOut[] = [];
  for (const name of names) {
    const already: string[] = [];
    const stubbed: string[] = [];
    const withheld: KeptWithReason[] = [];
    const unsure: string[] = [];
    const asked = stubs
      .filter(({ blueprint }) => blueprint === name)
      .map(({ identifier }) => identifier);
    const blueprint = blueprints.get(name);
    const found = await findEntities(port, name, asked, { signal });
    for (const identifier of asked) {
      const stored = found.get(identifier)?.content;
      if (known.has(nameEntity(name, identifier))) already.push(identifier);
      else if (stored === undefined || blueprint === undefined) unsure.push(identifier);
      else {
        const plan = planStub({ mapping, blueprint, identifier, stored });
        if (plan.state === "write") stubbed.push(identifier);
        else if (plan.state === "already") already.push(identifier);
        else withheld.push({ identifier, reason: plan.reason });
      }
    }
    const gone = removals.filter((ref) => ref.blueprint === name);
    previews.push({
      blueprint: name,
      deleted: gone.map(({ identifier }) => identifier),
      stubbed,
      already,
      recent: [],
      unsure,
      withheld,
      refused: [],
    });
  }
  return previews;
}
