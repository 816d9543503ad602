import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  createMapper,
  type JsonObject,
  parseMapping,
  resync,
  type ResyncOptions,
  type SyncReport,
  type Store,
} from "@pagerport/core";
import { connectSandboxPagerDuty, connectSandboxPort } from "./connect-sandbox.ts";
import { followSandbox } from "./sandbox-clock.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** One of several integrations that feed one Port from one account. */
export interface Neighbour extends AsyncDisposable {
  readonly name: string;
  readonly store: Store;
  /** Runs once, and tells besides what was written and what was asked of single entities. */
  run(
    options?: Partial<ResyncOptions>,
  ): Promise<SyncReport & { readonly written: JsonObject[]; readonly questions: number }>;
}

/** What an integration names services and users, as jq: `shared` of ten letters make it the same for all. */
function nameBy(name: string, shared: string): string {
  return `if (.id | test("${shared}$")) then .id else "${name}-" + .id end`;
}

/** All objects are everybody's, those of some last letters are, or none is. */
export const overlaps = { 0: "!", 30: "[A-J]", 100: "." } as const;

/** Makes an integration that names what it makes so that a share of it is the same for all. */
export async function createNeighbour(
  sandbox: Sandbox,
  name: string,
  { overlap = 100 }: { readonly overlap?: keyof typeof overlaps } = {},
): Promise<Neighbour> {
  const store = await openTestStore();
  const identifier = nameBy(name, overlaps[overlap]);
  const mapper = createMapper(await parseMapping(writeMapping(identifier)));
  sandbox.port.setIntegrationConfig(name, {}, { resync: false });
  const clock = followSandbox(sandbox);
  return {
    name,
    store,
    async run(options = {}) {
      const port = connectSandboxPort(sandbox, { clock, integrationIdentifier: name });
      const written: JsonObject[] = [];
      let questions = 0;
      const report = await resync({
        pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
        port: {
          ...port,
          async send(request) {
            const { path, body } = request;
            if (path.endsWith("/entities/bulk"))
              written.push(...(body?.["entities"] as JsonObject[]));
            if (path.endsWith("/search") && JSON.stringify(body).includes("$datasource"))
              questions += 1;
            return port.send(request);
          },
        },
        store,
        clock,
        mapper,
        integrationIdentifier: name,
        owner: "test",
        createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
        ...options,
      });
      return { ...report, written, questions };
    },
    async [Symbol.asyncDispose]() {
      await mapper.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

function writeMapping(identifier: string): string {
  const entity = (blueprint: string, fields: object): object => ({
    port: {
      entity: { mappings: { identifier, title: ".name", blueprint: `"${blueprint}"`, ...fields } },
    },
  });
  return JSON.stringify({
    createMissingRelatedEntities: true,
    resources: [
      {
        kind: "services",
        selector: { query: "true" },
        ...entity("pagerdutyService", { properties: { status: ".status" } }),
      },
      {
        kind: "users",
        selector: { query: "true" },
        ...entity("pagerdutyUser", { properties: { role: ".role" } }),
      },
    ],
  });
}
