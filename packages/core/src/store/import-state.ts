import { closeSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ConfigError, describeError, FileError, PagerportError } from "../errors.ts";

/** Layout of the progress file; a file of a later one is refused. */
const layout = 1;

/** What identifies an import: a progress file is only ever continued by the same. */
export interface ImportFingerprint {
  readonly apiUrl: string;
  /** Digest of PORT_URL, which is a secret; empty where nothing is posted. */
  readonly portUrl: string;
  readonly kinds: string;
  readonly since: string;
  readonly until: string;
  /** Of a sandbox: what it wrote is worth nothing, and any real import may replace it. */
  readonly isInvented?: boolean;
  /** Of an import through a mapping: digest of that mapping, and the integration that owns the entities. */
  readonly mapping?: string;
  readonly integration?: string;
}

/** Objects of one kind that an import has dealt with. */
export interface KindCount {
  fetched: number;
  delivered: number;
  failed: number;
  /** Objects that the mapping makes nothing of; only of imports through one. */
  skipped?: number;
  /** Fields that could not be computed; only of imports through a mapping. */
  fieldProblems?: number;
}

/** How far one resource of a mapping is. */
export interface ResourcePosition {
  /** Incidents created before have been dealt with … */
  readonly until: number;
  /** … and of those created at that very second, these. */
  readonly ids: readonly string[];
}

/** Where an import stands. Times are milliseconds since 1970. */
export interface ImportRun {
  /** 1 for the first import, then one more each time that a finished one is run again. */
  readonly number: number;
  phase: "services" | "incidents" | "changes" | "done";
  /** Incidents created from here on, inclusive … */
  readonly since: number;
  /** … up to here, exclusive: fixed when the run starts. */
  readonly until: number;
  /** Incidents created before this second have all been dealt with. */
  position: number;
  /** Incidents thought to be in the range, for planning and progress. */
  readonly expected: number;
  /** Bytes of the output file that belong to what has been dealt with. */
  outputLength: number;
  /** Bytes of the file of refused objects that belong to it. */
  refusedLength: number;
  readonly counts: Record<"services" | "incidents", KindCount>;
  /** What makes the run incomplete, for a person. */
  readonly problems: string[];
  /** The next run reads from here again: an earlier window was left incomplete. */
  readAgainFrom?: number;
  /** When the run began, by PagerDuty's clock: what changes from then on is for the run after it. */
  beganAt?: number;
  /** Of an import through a mapping: incidents that changed since then are read again at its end. */
  changedSince?: number;
  /** Of an import through a mapping: by a resource's place in it. */
  positions?: Record<string, ResourcePosition>;
}

/** What is remembered of an object that was sent, as long as it may matter. */
export interface SentObject {
  readonly kind: "services" | "incidents";
  readonly id: string;
  /** When it was created; 0 for services. */
  readonly created: number;
  /** Not resolved when it was sent. */
  readonly isOpen: boolean;
  /** Tells whether its payload has changed; empty for objects that are never looked at again. */
  readonly digest: string;
  /** It was remembered as open from an earlier run; what is remembered changes in any case. */
  readonly wasOpen?: true;
}

/**
 * The progress of one import, durable in a SQLite file beside its output. The file is locked by the
 * operating system for as long as the process lives, however it ends.
 */
export class ImportState implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * Opens a progress file, made where it is missing (`:memory:` = kept nowhere).
   *
   * @throws {ConfigError} when another process has it open
   * @throws {FileError} when it cannot be written
   */
  static open(path: string, pid: number): ImportState {
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(path);
    } catch (error) {
      throw new FileError(`Cannot write ${path}: ${describeError(error)}`, { path, cause: error });
    }
    try {
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE");
      // Where a second process finds out who holds the file, see readHolder().
      database.exec(`PRAGMA user_version = ${pid}`);
      database.exec("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
      database.exec(
        `CREATE TABLE IF NOT EXISTS sent (
          kind TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, open INTEGER NOT NULL,
          digest TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (kind, id)
        ) WITHOUT ROWID`,
      );
      database.exec("COMMIT");
    } catch (error) {
      database.close();
      throw explain(error, path);
    }
    const state = new ImportState(database, path);
    const found = state.#read("layout") ?? layout;
    if (found !== layout) {
      state[Symbol.dispose]();
      throw new PagerportError(
        `${path} was written by another version of pagerport (layout ${JSON.stringify(found)}, this one knows ${layout})`,
      );
    }
    return state;
  }

  get fingerprint(): ImportFingerprint | undefined {
    return this.#read("fingerprint") as ImportFingerprint | undefined;
  }

  get run(): ImportRun | undefined {
    return this.#read("run") as ImportRun | undefined;
  }

  /** Ids that the account is told by: up to ten of its first answers. */
  get account(): readonly { kind: "services" | "incidents"; id: string }[] {
    return (this.#read("account") as { kind: "services" | "incidents"; id: string }[]) ?? [];
  }

  set account(ids: readonly { kind: "services" | "incidents"; id: string }[]) {
    this.#write("account", ids);
  }

  /** Forgets everything and begins an import. */
  begin(fingerprint: ImportFingerprint): void {
    this.#inTransaction(() => {
      this.#database.exec("DELETE FROM meta; DELETE FROM sent");
      this.#write("layout", layout);
      this.#write("fingerprint", fingerprint);
    });
  }

  /**
   * Commits where the run stands and what it has sent since the last time, in one transaction.
   * Resolved incidents created before `rememberFrom` are forgotten.
   */
  save(run: ImportRun, sent: readonly SentObject[], rememberFrom: number): void {
    this.#inTransaction(() => {
      this.#write("run", run);
      const insert = this.#database.prepare(
        "INSERT OR REPLACE INTO sent (kind, id, created, open, digest, run) VALUES (?, ?, ?, ?, ?, ?)",
      );
      for (const { kind, id, created, isOpen, digest } of sent) {
        insert.run(kind, id, created, isOpen ? 1 : 0, digest, run.number);
      }
      this.#database
        .prepare("DELETE FROM sent WHERE kind = 'incidents' AND open = 0 AND created < ?")
        .run(rememberFrom);
    });
  }

  /** Ids of services that were sent, in any run. */
  sentServices(): Set<string> {
    return this.#ids("SELECT id FROM sent WHERE kind = 'services'");
  }

  /** Ids of incidents created at or after a moment that were sent. */
  sentIncidentsSince(created: number): Set<string> {
    return this.#ids("SELECT id FROM sent WHERE kind = 'incidents' AND created >= ?", created);
  }

  /** Incidents that were open when they were last sent, before this run, oldest first. */
  openIncidentsBefore(run: number): { id: string; created: number; digest: string }[] {
    return this.#database
      .prepare(
        "SELECT id, created, digest FROM sent WHERE kind = 'incidents' AND open = 1 AND run < ? ORDER BY created, id",
      )
      .all(run) as { id: string; created: number; digest: string }[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #ids(sql: string, ...parameters: number[]): Set<string> {
    const rows = this.#database.prepare(sql).all(...parameters) as { id: string }[];
    return new Set(rows.map(({ id }) => id));
  }

  #read(key: string): unknown {
    const row = this.#database.prepare("SELECT value FROM meta WHERE key = ?").get(key);
    return row === undefined ? undefined : JSON.parse(String(row["value"]));
  }

  #write(key: string, value: unknown): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
      .run(key, JSON.stringify(value));
  }

  #inTransaction(work: () => void): void {
    try {
      this.#database.exec("BEGIN");
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      // SQLite has done so itself where the disk is full.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw explain(error, this.#path);
    }
  }
}

function explain(error: unknown, path: string): Error {
  const message = describeError(error);
  if (/locked|busy/i.test(message)) {
    return new ConfigError(
      `Another import is running here: process ${readHolder(path)} holds ${path}. Wait for it, or import in another folder`,
      { cause: error },
    );
  }
  const advice = /not a database|malformed/i.test(message)
    ? ". It is damaged, or not pagerport's: move it away, and use --fresh to start over"
    : "";
  return new FileError(`Cannot use ${path} for the progress of the import: ${message}${advice}`, {
    path,
    cause: error,
  });
}

/**
 * Place of `user_version` in a SQLite file's header, which can be read while the file is locked.
 * {@link https://www.sqlite.org/fileformat.html#the_database_header}
 */
const userVersionOffset = 60;

function readHolder(path: string): string {
  const bytes = Buffer.alloc(4);
  const file = openSync(path, "r");
  try {
    const length = readSync(file, bytes, 0, bytes.length, userVersionOffset);
    return length === bytes.length ? String(bytes.readUInt32BE(0)) : "unknown";
  } finally {
    closeSync(file);
  }
}
