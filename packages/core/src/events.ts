/**
 * What runs tell while they go on. Progress bars, logs and metrics are listeners; no stage prints.
 */
export type RunEvent =
  /** How many objects of a kind are expected; more precise numbers may follow. */
  | { readonly type: "planned"; readonly kind: string; readonly objects: number }
  /** A page has arrived. */
  | { readonly type: "page"; readonly kind: string; readonly rows: number }
  /** A time window of incidents has been passed on whole. */
  | {
      readonly type: "window";
      readonly since: string;
      readonly until: string;
      readonly rows: number;
    }
  /** A resource of the mapping has been read. */
  | {
      readonly type: "resource";
      readonly name: string;
      readonly objects: number;
      readonly entities: number;
      readonly problems: number;
      readonly state: "complete" | "incomplete" | "refused" | "failed";
    }
  /** Objects have been dealt with for good: answered by Port, or written where nothing is posted. */
  | { readonly type: "written"; readonly kind: string; readonly objects: number }
  /** A request was sent. */
  | { readonly type: "request"; readonly host: string }
  /** Requests wait for a host's rate limit. */
  | {
      readonly type: "waiting";
      readonly host: string;
      readonly milliseconds: number;
      /** What made them wait so long, as the host said it; of waits over a minute only. */
      readonly headers?: string | undefined;
    }
  /** An attempt failed and will be repeated. */
  | { readonly type: "retry"; readonly host: string; readonly reason: string }
  /**
   * A claim on objects, or a run's lease, was lost: the process stood still, or its store did not answer.
   * What may have been written under it is queued again.
   */
  | {
      readonly type: "claim-lost";
      /** What was done: an event's, a page of a run, objects that a run read one by one, deletions, a run. */
      readonly work: "event" | "page" | "objects" | "deletion" | "run";
      /** How many were claimed. */
      readonly objects: number;
      /** The first of them. */
      readonly named: readonly string[];
      /** Whether anything had been sent to Port. */
      readonly mayBeWritten: boolean;
      /** Since it was last renewed. */
      readonly milliseconds: number;
      /** Why it could not be queued again; absent where it was. */
      readonly error?: string;
    }
  /** Something that one object, kind or window could not do. */
  | { readonly type: "problem"; readonly message: string }
  /** Something a person should know that is no problem. */
  | { readonly type: "notice"; readonly message: string };

/** Hears of events; an error in it never disturbs the run. */
export type EventListener = (event: RunEvent) => void;

/** Wraps a listener so that it cannot break what it listens to. */
export function createEmitter(listener: EventListener | undefined): EventListener {
  return (event) => {
    try {
      listener?.(event);
    } catch {
      // A broken progress bar must not end an import.
    }
  };
}
