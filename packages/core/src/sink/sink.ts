/** One object on its way to Port's ingest URL or to a file. */
export interface Delivery {
  /** Id of the object in PagerDuty. */
  readonly id: string;
  readonly kind: "services" | "incidents";
  /** The payload as it is posted and written: JSON on one line. */
  readonly line: string;
}

/** What became of a delivery. */
export type Outcome =
  | { readonly accepted: true }
  /** The object itself was refused; others go on. */
  | { readonly accepted: false; readonly status: number; readonly reason: string };

/** Takes payloads one by one, in any order. */
export interface PayloadSink {
  /**
   * Delivers one payload.
   *
   * @throws when no payload can be delivered: refused credentials, a wrong address, no answer
   */
  deliver(delivery: Delivery, signal?: AbortSignal): Promise<Outcome>;
}
