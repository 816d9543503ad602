import { HttpError } from "../errors.ts";
import type { SubscriptionsApi } from "../webhook/subscriptions.ts";

type Json = Record<string, unknown>;

/** PagerDuty's webhook subscriptions in memory, with nothing between them and who asks. */
export interface FakeSubscriptions extends SubscriptionsApi {
  readonly rows: Json[];
  /** What was asked to change, `POST /webhook_subscriptions`. */
  readonly changes: string[];
  /** Where it is set, every request fails with it. */
  failure: Error | undefined;
}

/** Makes an account without subscriptions. */
export function createFakeSubscriptions(): FakeSubscriptions {
  const rows: Json[] = [];
  const changes: string[] = [];
  let made = 0;
  const fake: FakeSubscriptions = {
    rows,
    changes,
    failure: undefined,
    get: async () => {
      if (fake.failure !== undefined) throw fake.failure;
      return { body: { webhook_subscriptions: structuredClone(rows), more: false } };
    },
    change: async (method, path, body) => {
      if (fake.failure !== undefined) throw fake.failure;
      changes.push(`${method} ${path}`);
      const [, , id, verb] = path.split("/");
      const sent = readSent(body);
      if (id === undefined) return { webhook_subscription: create(sent) };
      const row = rows.find((one) => one["id"] === id);
      if (row === undefined) throw notFound(method, path);
      if (method === "DELETE") rows.splice(rows.indexOf(row), 1);
      if (verb === "enable")
        Object.assign(row["delivery_method"] as Json, { temporarily_disabled: false });
      Object.assign(row, sent);
      return verb === "ping" || method === "DELETE" ? undefined : { webhook_subscription: row };
    },
  };

  function create(sent: Json): Json {
    made += 1;
    const row = { ...sent, id: `P${made}`, active: true };
    rows.push(row);
    const delivery = sent["delivery_method"] as Json;
    return { ...row, delivery_method: { ...delivery, secret: `secret of P${made}` } };
  }
  return fake;
}

function readSent(body: object | undefined): Json {
  const sent: unknown = Object.entries(body ?? {})[0]?.[1];
  return typeof sent === "object" && sent !== null ? (sent as Json) : {};
}

function notFound(method: string, path: string): HttpError {
  return new HttpError("Not Found", {
    host: "PagerDuty",
    method,
    url: path,
    status: 404,
    reason: "Not Found",
  });
}
