import { HttpError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { PortAnswer, PortClient, PortRequest } from "../sink/port/port-client.ts";

/** A Port of a script: every answer is the test's own, every request is kept. */
export class ScriptedPort implements PortClient {
  readonly requests: PortRequest[] = [];
  readonly #answer: (what: string, request: PortRequest) => JsonObject | number;

  /** @param answer a body, or the status of a refusal; `what` is `PATCH /integration/mine` */
  constructor(answer: (what: string, request: PortRequest) => JsonObject | number = () => ({})) {
    this.#answer = answer;
  }

  async send(request: PortRequest): Promise<PortAnswer> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    await Promise.resolve();
    const { method, path } = request;
    const answer = this.#answer(`${method} ${path}`, request);
    if (typeof answer !== "number") return { status: 200, body: answer, date: undefined };
    const url = `https://api.port.test/v1${path}`;
    throw new HttpError(`Port answered ${answer}: ${method} ${url}`, {
      host: "Port",
      method,
      url,
      status: answer,
      reason: "",
    });
  }
}
