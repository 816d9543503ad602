import type { Clock } from "../clock.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import type { Source } from "../source/source.ts";
import { uniteSignals } from "../unite-signals.ts";
import type { DatedPort } from "./remember-date.ts";
import { KindReader } from "./kind-reader.ts";
import { loadOwned, type OwnedEntities } from "./load-owned.ts";

export interface BeginReadingOptions {
  readonly source: Source;
  readonly port: DatedPort;
  readonly clock: Clock;
  readonly mapping: Mapping;
  /** Those of the mapping's resources that are read. */
  readonly resources: readonly Resource[];
  /** Whether they are read as soon as Port has answered; else {@link BegunReading.read} begins. */
  readonly readsAtOnce: boolean;
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
  /** Reads the resources; undefined where that has not begun. */
  readonly reader: KindReader | undefined;
  /** Begins to read some resources. */
  read(resources: readonly Resource[]): KindReader;
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
  const readers: KindReader[] = [];
  const read = (wanted: readonly Resource[]): KindReader => {
    const reader = new KindReader({ source, resources: wanted, signal });
    readers.push(reader);
    return reader;
  };
  const close = async (): Promise<void> => {
    stop.abort(new Error("The reading was ended"));
    await Promise.all(readers.map((reader) => reader.close()));
  };
  try {
    const known = Promise.all([
      loadOwned(port.client, mapping, { integrationIdentifier, signal }),
      readsIncidents ? source.startedAt(signal) : undefined,
    ]);
    // What is written to Port after this moment may be newer than what is read, so it must come first.
    await Promise.race([port.answered, known]);
    const startedAt = port.date() ?? clock.now();
    const reader = options.readsAtOnce ? read(resources) : undefined;
    const [owned, sourceStart] = await known;
    return { owned, startedAt, sourceStart, reader, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}
