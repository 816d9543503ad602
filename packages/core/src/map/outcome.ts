import type { Json } from "../json.ts";

/** Why an expression gave nothing for an object: jq's message, or what stopped it. */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** What an expression gave for one object. */
export type Outcome = Json | Failure;
