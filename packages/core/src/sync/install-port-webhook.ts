import { ConfigError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { readDefaultFile } from "../map/defaults.ts";
import { listBlueprints } from "../sink/port/blueprint.ts";
import {
  listWebhookDifferences,
  readShownSecret,
  type ShownSecret,
} from "../sink/port/compare-webhook.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import {
  changePortWebhook,
  createPortWebhook,
  type PortWebhook,
  readPortWebhook,
} from "../sink/port/port-webhooks.ts";
import { addAllComputed, addFields, createBareBlueprints } from "./init/apply-blueprints.ts";
import type { PlannedBlueprint } from "./init/blueprint-plan.ts";
import type { AddedField } from "./init/init-report.ts";
import { readKnownSet } from "./init/known-blueprints.ts";
import { planDefinitions } from "./init/plan-definitions.ts";

/** `live` = "PagerDuty Mapper", of PagerDuty's webhooks; `history` = "PagerDuty History Mapper", of imports. */
export type PortWebhookName = "live" | "history";

const files = {
  live: "guide/webhook-mapper.json",
  history: "guide/webhook-history-mapper.json",
} as const;

/** Where the URLs of webhooks begin in the EU's region, as the guide has it. */
const defaultIngestBase = "https://ingest.getport.io";

export interface InstallPortWebhookOptions {
  readonly port: PortClient;
  readonly name: PortWebhookName;
  /**
   * What senders sign with. Left out, a new webhook takes what is not signed until one is set: the live
   * one's is PagerDuty's, which tells it when it gets to know the URL.
   */
  readonly secret?: string | undefined;
  /**
   * Where the URLs of webhooks begin in the account's region; used where Port tells the key only.
   * @default "https://ingest.getport.io"
   */
  readonly ingestBase?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A webhook as it stands in Port. */
export interface InstalledPortWebhook {
  readonly identifier: string;
  readonly title: string;
  /** Where to post; its end is the key. */
  readonly url: string;
  readonly key: string;
  readonly created: boolean;
  /** Fields that were otherwise and have been put right: `mappings`, `security` … */
  readonly changed: readonly string[];
  readonly blueprints: {
    readonly created: readonly string[];
    /** `pagerdutyIncident.relations.microservice` */
    readonly added: readonly string[];
  };
  /** Whether it takes signed requests only; `unknown` where Port does not show secrets. */
  readonly isSigned: boolean | "unknown";
}

/** What senders must know of a webhook. */
export type PortWebhookAddress = Pick<InstalledPortWebhook, "identifier" | "title" | "url" | "key">;

/**
 * Brings one of the guide's two webhooks and its blueprints into Port, or puts right what differs. What
 * is right already is not written again.
 *
 * @throws {ConfigError} naming a relation that leads elsewhere; nothing is written then
 */
export async function installPortWebhook(
  options: InstallPortWebhookOptions,
): Promise<InstalledPortWebhook> {
  const { port, name, secret, signal } = options;
  if (secret !== undefined) checkSecret(secret);
  const wanted = readWanted(name);
  const { identifier } = wanted;
  const definitions = readKnownSet("guide/webhook-blueprints.json").values();
  const changes = planDefinitions(definitions, await listBlueprints(port, signal));
  const there = await readPortWebhook(port, identifier, signal);
  const plan = there === undefined ? undefined : planWebhook(wanted, there, secret);

  const blueprints = await applyBlueprints(port, changes, signal);
  const webhook = await write(options, wanted, there, plan);
  return {
    ...describeWebhook(webhook, wanted, options),
    isSigned: tellSigned(webhook, secret, there === undefined),
    created: there === undefined,
    changed: plan?.changed ?? [],
    blueprints,
  };
}

/**
 * Sets what senders sign with.
 *
 * @throws {ConfigError} where the webhook is not installed
 */
export async function setPortWebhookSecret(
  options: InstallPortWebhookOptions & { readonly secret: string },
): Promise<PortWebhookAddress> {
  const { port, name, secret, signal } = options;
  checkSecret(secret);
  const wanted = readWanted(name);
  const there = await readPortWebhook(port, wanted.identifier, signal);
  if (there === undefined) {
    throw new ConfigError(
      `Cannot set the secret of '${wanted.title}' as Port has no such webhook. Install it first`,
    );
  }
  const shown = readShownSecret(there.json);
  const { security } = wanted.json;
  const isRight =
    shown.is === "shown" &&
    shown.secret === secret &&
    listWebhookDifferences({ security: security ?? {} }, there.json).length === 0;
  if (isRight) return describeWebhook(there, wanted, options);
  const changes = { security: createSecurity(wanted.json, secret) };
  const webhook = await changePortWebhook(port, wanted.identifier, changes, signal);
  return describeWebhook(webhook, wanted, options);
}

interface WantedWebhook {
  readonly identifier: string;
  readonly title: string;
  /** As Port takes it, without a secret. */
  readonly json: JsonObject;
}

interface WebhookPlan {
  readonly changed: readonly string[];
  readonly changes: JsonObject;
}

async function applyBlueprints(
  port: PortClient,
  blueprints: readonly PlannedBlueprint[],
  signal: AbortSignal | undefined,
): Promise<InstalledPortWebhook["blueprints"]> {
  const created: string[] = [];
  const added: AddedField[] = [];
  await createBareBlueprints(port, { blueprints }, created, signal);
  await addFields(port, { blueprints }, created, added, signal);
  await addAllComputed(port, { blueprints }, signal);
  return { created, added: added.map(({ blueprint, field }) => `${blueprint}.${field}`) };
}

async function write(
  { port, secret, signal }: InstallPortWebhookOptions,
  wanted: WantedWebhook,
  there: PortWebhook | undefined,
  plan: WebhookPlan | undefined,
): Promise<PortWebhook> {
  if (there === undefined) {
    const body = { ...wanted.json, security: createSecurity(wanted.json, secret) };
    return createPortWebhook(port, body, signal);
  }
  if (plan === undefined || plan.changed.length === 0) return there;
  return changePortWebhook(port, wanted.identifier, plan.changes, signal);
}

function planWebhook(
  { title, json }: WantedWebhook,
  there: PortWebhook,
  secret: string | undefined,
): WebhookPlan {
  const shown = readShownSecret(there.json);
  // The settings of signatures are written as a whole: one that may be there and is not shown stays.
  const isUnknown = secret === undefined && shown.is === "absent";
  const changed = listWebhookDifferences(json, there.json).filter(
    (field) => field !== "security" || !isUnknown,
  );
  // Where Port does not show it, who gives one wants it set.
  const isOther = secret !== undefined && !(shown.is === "shown" && shown.secret === secret);
  if (isOther && !changed.includes("security")) changed.push("security");
  const changes = Object.fromEntries(changed.map((field) => [field, json[field] ?? null]));
  if (changed.includes("security")) {
    changes["security"] = createSecurity(json, secret ?? keepSecret(shown, title));
  }
  return { changed, changes };
}

function keepSecret(shown: ShownSecret, title: string): string {
  if (shown.is === "shown") return shown.secret;
  throw new ConfigError(
    `Cannot put right how '${title}' checks signatures as Port does not show its secret, which would be lost. Give the secret`,
    { setting: "secret" },
  );
}

function describeWebhook(
  { identifier, key, url }: PortWebhook,
  { title }: WantedWebhook,
  { ingestBase = defaultIngestBase }: InstallPortWebhookOptions,
): PortWebhookAddress {
  return { identifier, title, url: url ?? `${ingestBase}/${key}`, key };
}

function tellSigned(
  { json }: PortWebhook,
  secret: string | undefined,
  isNew: boolean,
): boolean | "unknown" {
  if (secret !== undefined || readShownSecret(json).is !== "absent") return true;
  return isNew ? false : "unknown";
}

function readWanted(name: PortWebhookName): WantedWebhook {
  const json = JSON.parse(readDefaultFile(files[name])) as JsonObject & {
    readonly identifier: string;
    readonly title: string;
  };
  const { identifier, title } = json;
  // The guide's own text stands in the place of a secret.
  const security = createSecurity(json, undefined);
  return { identifier, title, json: { ...json, security } };
}

function createSecurity({ security }: JsonObject, secret: string | undefined): JsonObject {
  const settings = isJsonObject(security) ? security : {};
  const others = Object.entries(settings).filter(([name]) => name !== "secret");
  return { ...(secret === undefined ? {} : { secret }), ...Object.fromEntries(others) };
}

function checkSecret(secret: string): void {
  if (secret !== "") return;
  throw new ConfigError("Cannot set an empty secret: everybody could sign with it", {
    setting: "secret",
  });
}
