import { z } from "zod";
import { PagerportError } from "../errors.ts";

/** Which events a subscription is told of: those of the whole account, of one service or one team. */
export type SubscriptionScope =
  | { readonly type: "account"; readonly id?: undefined }
  | { readonly type: "service" | "team"; readonly id: string };

/** A webhook subscription, as PagerDuty has it. */
export interface Subscription {
  readonly id: string;
  /** Where the events go. */
  readonly url: string;
  readonly description: string;
  /** Types of events, `incident.triggered`. */
  readonly events: readonly string[];
  /** Undefined where it is of a kind that is not known. */
  readonly scope: SubscriptionScope | undefined;
  /** False where somebody switched it off. */
  readonly isActive: boolean;
  /** True where PagerDuty switched it off for a day, after events were refused. */
  readonly isDisabled: boolean;
  /** Names of the headers that are sent along; what is in them PagerDuty does not tell. */
  readonly headerNames: readonly string[];
}

const schema = z.object({
  id: z.string().min(1),
  description: z.string().nullish(),
  active: z.boolean().nullish(),
  events: z.array(z.string()).nullish(),
  filter: z.object({ type: z.string(), id: z.string().nullish() }).nullish(),
  delivery_method: z.object({
    url: z.string(),
    secret: z.string().nullish(),
    temporarily_disabled: z.boolean().nullish(),
    custom_headers: z.array(z.object({ name: z.string() })).nullish(),
  }),
});

/** A subscription, and its secret where the answer tells it: only the one that makes it does. */
export interface ParsedSubscription {
  readonly subscription: Subscription;
  readonly secret: string | undefined;
}

/** Reads a row of the list; undefined for what is no webhook of the kind that we know. */
export function parseSubscription(row: unknown): ParsedSubscription | undefined {
  const { success, data } = schema.safeParse(row);
  if (!success) return undefined;
  const { delivery_method: delivery } = data;
  const subscription: Subscription = {
    id: data.id,
    url: delivery.url,
    description: data.description ?? "",
    events: data.events ?? [],
    scope: parseScope(data.filter),
    isActive: data.active ?? true,
    isDisabled: delivery.temporarily_disabled ?? false,
    headerNames: (delivery.custom_headers ?? []).map(({ name }) => name),
  };
  return { subscription, secret: delivery.secret ?? undefined };
}

/**
 * Reads the answer about one subscription.
 *
 * @throws {PagerportError} where there is none in it
 */
export function requireSubscription(
  body: Readonly<Record<string, unknown>> | undefined,
  request: string,
): ParsedSubscription {
  const parsed = parseSubscription(body?.["webhook_subscription"]);
  if (parsed !== undefined) return parsed;
  throw new PagerportError(`PagerDuty's answer holds no webhook subscription: ${request}`);
}

function parseScope(filter: z.infer<typeof schema>["filter"]): SubscriptionScope | undefined {
  const type = filter?.type.replace(/_reference$/, "");
  if (type === "account") return { type };
  const id = filter?.id ?? "";
  return (type === "service" || type === "team") && id !== "" ? { type, id } : undefined;
}
