import type { Clock } from "../clock.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import type { Source } from "../source/source.ts";
import { uniteSignals } from "../unite-signals.ts";
import type { DatedPort } from "./dated-port.ts";
import { KindReader } from "./kind-reader.ts";
import { loadOwned, type OwnedEntities } from "./load-owned.ts";

export interface BeginReadingOptions {
  readonly source: Source;
  readonly port: DatedPort;
  readonly clock: Clock;
  readonly mapping: Mapping;
  /** Those of the mapping's resources that are read. */
  readonly resources: readonly Resource[];
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}

/** A run that has begun to read. */
export interface BegunReading {
  /** What the integration owned in Port when the run began. */
  readonly owned: OwnedEntities;
  /** Port's time before anything was read, milliseconds since 1970. */
  readonly startedAt: number;
  /** PagerDuty's time then; undefined where no incidents are read. */
  readonly sourceStart: number | undefined;
  readonly reader: KindReader;
  /** Ends all that is still being read. */
  close(): Promise<void>;
}

/**
 * Reads what an integration owns in Port, and meanwhile begins to read PagerDuty.
 *
 * @throws what ends a run: refused credentials, no answer; nothing goes on then
 */
export async function beginReading(options: BeginReadingOptions): Promise<BegunReading> {
  const { source, port, clock, mapping, resources, integrationIdentifier } = options;
  const stop = new AbortController();
  const signal = uniteSignals(options.signal, stop.signal);
  const readsIncidents = resources.some(({ kind }) => kind === "incidents");
  let reader: KindReader | undefined;
  const close = async (): Promise<void> => {
    stop.abort(new Error("The reading was ended"));
    await reader?.close();
  };
  try {
    const known = Promise.all([
      loadOwned(port.client, mapping, { integrationIdentifier, signal }),
      readsIncidents ? source.startedAt(signal) : undefined,
    ]);
    // What is written to Port after this moment may be newer than what is read, so it must come first.
    await Promise.race([port.answered, known]);
    const startedAt = port.date() ?? clock.now();
    reader = new KindReader({ source, resources, signal });
    const [owned, sourceStart] = await known;
    return { owned, startedAt, sourceStart, reader, close };
  } catch (error) {
    await close();
    throw error;
  }
}
