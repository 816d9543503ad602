import { randomUUID } from "node:crypto";
import type { LoggerService } from "@backstage/backend-plugin-api";
import {
  type Clock,
  describeError,
  findEntities,
  forgetStates,
  keepStates,
  listStates,
  PagerportError,
  type PortClient,
  type Sql,
  type WriteWatch,
} from "@pagerport/core";
import type { Sink, SinkEntity } from "./sink.ts";

/** What a sink may take for one piece of news, milliseconds: what writes to Port waits. */
const longestNews = 10_000;
/** After so many milliseconds what a sink has not taken is told again, unless it is under way still. */
const retryAfter = 60_000;
/** Entities that are told again at a time. */
const mostAtOnce = 100;
/** Where it is remembered what sinks are to be told of: `sinks/<sink>/<blueprint>/<identifier>`. */
const prefix = "sinks/";

export interface SinkRelayOptions {
  readonly sinks: readonly Sink[];
  /** Told of nothing itself. */
  readonly port: PortClient;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Pick<LoggerService, "error">;
}

/** What stands between Port and sinks. */
export interface SinkRelay {
  /** See `watchWrites`. */
  readonly begin: (blueprint: string, identifiers: readonly string[]) => Promise<WriteWatch>;
  /** Tells sinks again of what they have not taken; works until the signal is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * Makes what tells sinks of every entity at least once. Its name is in the store before Port is asked to
 * write it, and goes when the sink has taken the news: whatever ends the process, or the sink refuses, is
 * made up for by what Port has then.
 */
export function createSinkRelay(options: SinkRelayOptions): SinkRelay {
  const { sinks, port, sql, clock, logger } = options;

  async function tell(sink: Sink, what: string, news: () => Promise<void>): Promise<boolean> {
    const isOver = new AbortController();
    const overdue = async (): Promise<never> => {
      await clock.sleep(longestNews, isOver.signal);
      throw new PagerportError(`it has not done so within ${longestNews} ms`);
    };
    try {
      const done = news();
      await Promise.race([done, overdue()]).finally(() => isOver.abort());
      return true;
    } catch (error) {
      logger.error(`The sink '${sink.name}' did not take ${what}: ${describeError(error)}`);
      return false;
    }
  }

  /** Tells all sinks at once; what fails in one concerns no other. */
  async function tellAll(
    names: readonly string[],
    note: string,
    what: string,
    news: (sink: Sink) => Promise<void>,
  ): Promise<void> {
    const told = await Promise.all(
      sinks.map(async (sink) => {
        const isTaken = await tell(sink, what, () => news(sink));
        return isTaken ? names.filter((name) => name.startsWith(nameSink(sink))) : [];
      }),
    );
    await forgetQuietly(told.flat(), note);
  }

  /** Where that fails, sinks are told once more than is needed. */
  async function forgetQuietly(names: readonly string[], note: string): Promise<void> {
    try {
      await forgetStates(sql, names, note);
    } catch (error) {
      logger.error(`What sinks were told could not be noted: ${describeError(error)}`);
    }
  }

  async function begin(blueprint: string, identifiers: readonly string[]): Promise<WriteWatch> {
    // Tells this piece of news from a later one of the same entity.
    const note = randomUUID();
    const nameAll = (all: readonly string[]): string[] =>
      sinks.flatMap((sink) => all.map((identifier) => nameNews(sink, blueprint, identifier)));
    const names = nameAll(identifiers);
    await keepStates(sql, names, note);
    return {
      async written(entities) {
        if (entities.length === 0) return forgetQuietly(names, note);
        const what = `${entities.length} written entities`;
        await tellAll(names, note, what, (sink) => sink.write(entities));
        // Of what Port refused there is nothing to tell.
        const taken = new Set(nameAll(entities.map(({ identifier }) => identifier)));
        await forgetQuietly(
          names.filter((name) => !taken.has(name)),
          note,
        );
      },
      async deleted(gone) {
        if (gone.length === 0) return forgetQuietly(names, note);
        const refs = gone.map((identifier) => ({ blueprint, identifier }));
        await tellAll(names, note, `${gone.length} deleted entities`, (sink) => sink.delete(refs));
      },
    };
  }

  /** Tells one sink what has become of entities of one blueprint. */
  async function tellAgain(sink: Sink, blueprint: string, names: readonly string[]): Promise<void> {
    const note = randomUUID();
    await keepStates(sql, names, note);
    const identifiers = names.map((name) => readNews(name).identifier);
    const found = await findEntities(port, blueprint, identifiers);
    const present = identifiers.flatMap((identifier): SinkEntity[] => {
      const entity = found.get(identifier)?.content;
      return entity === undefined ? [] : [{ blueprint, identifier, created: false, entity }];
    });
    const gone = identifiers
      .filter((identifier) => !found.has(identifier))
      .map((identifier) => ({ blueprint, identifier }));
    const isTaken = await tell(sink, `${names.length} entities of before`, async () => {
      if (present.length > 0) await sink.write(present);
      if (gone.length > 0) await sink.delete(gone);
    });
    if (!isTaken) return;
    const forgotten = await forgetStates(sql, names, note);
    // Something newer was told meanwhile, which this may have come after.
    const crossed = names.filter((name) => !forgotten.has(name));
    if (crossed.length > 0) await keepStates(sql, crossed, note);
  }

  async function tellDue(): Promise<void> {
    for (const sink of sinks) {
      const due = { prefix: nameSink(sink), age: retryAfter, limit: mostAtOnce };
      const groups = Map.groupBy(await listStates(sql, due), (name) => readNews(name).blueprint);
      for (const [blueprint, names] of groups) await tellAgain(sink, blueprint, names);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && sinks.length > 0) {
      try {
        await tellDue();
      } catch (error) {
        logger.error(`Sinks could not be told again of what they missed: ${describeError(error)}`);
      }
      try {
        await clock.sleep(retryAfter, signal);
      } catch {
        // The end has come.
      }
    }
  }

  return { begin, run };
}

function nameSink({ name }: Sink): `${string}/` {
  return `${prefix}${encodeURIComponent(name)}/`;
}

function nameNews(sink: Sink, blueprint: string, identifier: string): string {
  return `${nameSink(sink)}${encodeURIComponent(blueprint)}/${encodeURIComponent(identifier)}`;
}

function readNews(name: string): { readonly blueprint: string; readonly identifier: string } {
  const [, , blueprint = "", identifier = ""] = name.split("/").map(decodeURIComponent);
  return { blueprint, identifier };
}
