import type { Sandbox } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";
import { readAccount } from "../golden/catalog/read-account.ts";
import { createJqOracle, type JqOracle } from "./jq-oracle.ts";

/** A mapping as it is written, as far as Ocean's writing needs it. */
export interface OceanMapping {
  readonly resources: readonly {
    readonly kind: string;
    readonly selector: { readonly apiQueryParams?: { readonly statuses?: readonly string[] } };
    readonly port: { readonly entity: { readonly mappings: OceanEntity } };
  }[];
}

export interface OceanEntity {
  readonly identifier: string;
  readonly title: string;
  readonly blueprint: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly relations?: Readonly<Record<string, string>>;
}

/** What Ocean writes in one request. */
export const chunk = 20;
export const flags = "upsert=true&merge=true&create_missing_related_entities=true";

/**
 * Brings a sandbox's PagerDuty to its Port as Ocean's container does it: each field by a jq of its own, what
 * is null sent as null, errors too, and every entity owned by the container's exporter.
 *
 * @param most rows of a list that it reads; of the real one, 10,000
 * @param lists objects by kind, in the place of PagerDuty's
 */
export async function writeAsOcean(
  sandbox: Sandbox,
  options: {
    readonly mapping: OceanMapping;
    readonly identifier: string;
    readonly most: number;
    readonly lists?: Readonly<Record<string, readonly object[]>>;
  },
): Promise<void> {
  const { mapping, most } = options;
  const ask = await connect(sandbox, options.identifier);
  // Its first start leaves this behind.
  const initialized = { arePortResourcesInitialized: true, version: "0.5.141" };
  await ask("PATCH", `/integration/${options.identifier}`, initialized);
  const oracle = await createJqOracle();
  const lists = options.lists ?? (await readLists(sandbox));
  for (const { kind, selector, port } of mapping.resources) {
    const { statuses } = selector.apiQueryParams ?? {};
    const rows = (lists[kind] ?? [])
      .filter((row) => statuses?.includes((row as JsonObject)["status"] as string) ?? true)
      .slice(0, most);
    const entities = rows.length === 0 ? [] : mapRows(oracle, port.entity.mappings, rows);
    for (let at = 0; at < entities.length; at += chunk) {
      const blueprint = entities[at]?.["blueprint"] as string;
      await ask("POST", `/blueprints/${blueprint}/entities/bulk?${flags}`, {
        entities: entities.slice(at, at + chunk),
      });
    }
  }
}

/** Every list, with what Ocean adds to its objects. */
export async function readLists(sandbox: Sandbox): Promise<Record<string, readonly object[]>> {
  const account = await readAccount(sandbox);
  const { oncallsNow, serviceFigures, users } = account;
  const oncallsOf = (id: string): readonly object[] =>
    oncallsNow.filter((oncall) => oncall.escalation_policy.id === id);
  const reached = (policy: { readonly id: string }): object => ({
    ...policy,
    __oncall_users: oncallsOf(policy.id),
  });
  const emails = new Map(users.map(({ id, email }) => [id, email]));
  return {
    services: account.services.map((service) => ({
      ...service,
      __oncall_user: oncallsOf(service.escalation_policy.id),
      __analytics: serviceFigures.find(({ service_id }) => service_id === service.id) ?? null,
    })),
    incidents: (await sandbox.pagerduty.list("/incidents?include[]=assignees")).toReversed(),
    schedules: account.schedules.map((schedule) => ({
      ...schedule,
      users: schedule.users.map((user) => ({ ...user, __email: emails.get(user.id) ?? null })),
    })),
    oncalls: account.oncalls,
    escalation_policies: account.policies.map((policy) => reached(policy)),
    users,
  };
}

/** Makes entities of rows: each field by a jq of its own, what fails is null. */
export function mapRows(
  oracle: JqOracle,
  { identifier, title, blueprint, properties, relations = {} }: OceanEntity,
  rows: readonly object[],
): JsonObject[] {
  const evaluate = (expression: string): unknown[] =>
    oracle.judge(expression, rows).map((verdict) => ("v" in verdict ? verdict.v : null));
  const evaluateAll = (fields: Readonly<Record<string, string>>): [string, unknown[]][] =>
    Object.entries(fields).map(([name, expression]) => [name, evaluate(expression)]);
  const single = evaluateAll({ identifier, title, blueprint });
  const [ofProperties, ofRelations] = [evaluateAll(properties), evaluateAll(relations)];
  const pick = (fields: [string, unknown[]][], at: number): JsonObject =>
    Object.fromEntries(fields.map(([name, values]) => [name, values[at]])) as JsonObject;
  return rows.map((_, at) => ({
    ...pick(single, at),
    properties: pick(ofProperties, at),
    relations: pick(ofRelations, at),
  }));
}

/** Asks Port as the container does; fails where it refuses. */
export async function connect(
  sandbox: Sandbox,
  identifier: string,
): Promise<(method: string, path: string, body: object) => Promise<JsonObject>> {
  const ask = async (
    method: string,
    path: string,
    body: object,
    more: object = {},
  ): Promise<JsonObject> => {
    const response = await fetch(`${sandbox.portUrl}/v1${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        "user-agent": `port-ocean/pagerduty/0.5.141/${identifier}/exporter`,
        ...more,
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as JsonObject;
    if (response.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const { accessToken } = await ask("POST", "/auth/access_token", {
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
  });
  const authorization = { authorization: `Bearer ${accessToken as string}` };
  return (method, path, body) => ask(method, path, body, authorization);
}
