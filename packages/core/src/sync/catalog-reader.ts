import type { Resource } from "../map/mapping.ts";
import type { Source, SourceEnd, SourcePage } from "../source/source.ts";
import type { ImportRun, ImportState } from "../store/import-state.ts";
import { rememberAccount } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import { skipDealtWith } from "./resource-positions.ts";
import { describeUnavailable } from "./write-catalog.ts";

export interface CatalogReaderOptions {
  readonly source: Source;
  /** Those of the mapping that are imported. */
  readonly resources: readonly Resource[];
  /** Remembers the account by the first objects. */
  readonly state: ImportState;
  readonly run: ImportRun;
  readonly signal: AbortSignal;
  /** Told of what could not be read. */
  readonly onProblem: (problem: string) => void;
}

/** Reads what one run of an import to Port's catalog writes. */
export class CatalogReader {
  readonly #options: CatalogReaderOptions;
  /** Incidents created since the run before, as far as this process has read them. */
  readonly #readNow = new Set<string>();

  constructor(options: CatalogReaderOptions) {
    this.#options = options;
  }

  /**
   * Everything of a kind, incidents from where the run stands on.
   *
   * @throws {HttpError} {@link NetworkError} when it cannot be read to its end
   */
  async *list(kind: ImportKind): AsyncGenerator<SourcePage, void> {
    const { source, run, state, signal } = this.#options;
    const positions = structuredClone(run.positions ?? {});
    const resources = this.#resourcesOf(kind).map(({ index, selection }) => {
      const since = positions[index]?.until ?? run.since;
      const range = kind === "incidents" ? { since, until: run.until } : undefined;
      return { index, selection, range };
    });
    for await (const item of source.pages(resources, signal)) {
      if (item.type === "end") {
        this.#noteEnd(item);
        continue;
      }
      const ids = item.entries.map(({ object }) => String(object["id"]));
      rememberAccount(state, kind, ids);
      // A first import reads all of history, and its changes begin with itself.
      if (kind === "incidents" && run.number > 1) for (const id of ids) this.#readNow.add(id);
      yield skipDealtWith(item, positions);
    }
  }

  /** Ids of incidents that something happened to while this run went on, or since the one before began. */
  async listChanged(): Promise<readonly string[]> {
    const { source, run, signal, onProblem } = this.#options;
    const { changedSince } = run;
    if (changedSince === undefined) return [];
    const { touched, reason } = await source.changes(changedSince, signal);
    if (reason !== "") {
      onProblem(`${reason}. The next run looks again`);
      run.beganAt = changedSince;
    }
    // What this run has read already matters only where something happened to it meanwhile.
    const isNews = ([id, time]: [string, number]): boolean =>
      !this.#readNow.has(id) || run.beganAt === undefined || time >= run.beganAt;
    return [...touched].filter(isNews).map(([id]) => id);
  }

  #noteEnd({ kind, outcomes, unavailable }: SourceEnd): void {
    const { run, onProblem } = this.#options;
    for (const { completion } of outcomes.values()) {
      if (completion.state === "failed" || completion.state === "refused") throw completion.error;
      if (completion.state === "complete") continue;
      // Windows of incidents have told already, where anything of them could be read.
      const { reason } = completion;
      if (run.problems.some((problem) => problem.includes(reason))) continue;
      onProblem(`${kind} are incomplete: ${reason}. The next run reads them again`);
      if (kind === "incidents") run.readAgainFrom = run.since;
    }
    for (const problem of describeUnavailable(kind, unavailable)) onProblem(problem);
  }

  #resourcesOf(kind: ImportKind): Resource[] {
    return this.#options.resources.filter((resource) => resource.kind === kind);
  }
}
