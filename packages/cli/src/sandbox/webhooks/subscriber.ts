import { createHmac } from "node:crypto";

/** One webhook as a subscriber got it. */
export interface Caught {
  readonly headers: Headers;
  readonly body: string;
  readonly event: {
    readonly id: string;
    readonly event_type: string;
    readonly resource_type: string;
    readonly agent: { readonly id: string } | null;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** A subscriber for tests, over real HTTP. */
export interface Subscriber extends Disposable {
  readonly url: string;
  readonly caught: readonly Caught[];
  /** How it answers; 202 until it is told otherwise. */
  answer: (caught: Caught) => Response | Promise<Response>;
}

/** Starts a subscriber. */
export function startSubscriber(): Subscriber {
  const caught: Caught[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const body = await request.text();
      const one: Caught = { headers: request.headers, body, event: JSON.parse(body).event };
      caught.push(one);
      return subscriber.answer(one);
    },
  });
  const subscriber: Subscriber = {
    url: `http://127.0.0.1:${server.port}/webhook`,
    caught,
    answer: () => new Response(null, { status: 202 }),
    [Symbol.dispose]: () => void server.stop(true),
  };
  return subscriber;
}

/** Whether the signature has a value of that secret. */
export function isSignedWith({ headers, body }: Caught, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  const values = headers.get("x-pagerduty-signature")?.split(",") ?? [];
  return values.includes(`v1=${expected}`);
}
