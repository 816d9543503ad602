/**
 * The one error family. Wrong configuration throws {@link ConfigError} before anything runs; what goes
 * wrong with a request throws {@link HttpError} or {@link NetworkError} when it goes wrong.
 *
 * Messages are sentences for a person: what could not be done, the value that was wrong (never a
 * secret), and what to do. `cause` is kept where it holds no secret.
 */

/** Base of every error that pagerport throws on purpose. */
export class PagerportError extends Error {
  override name = "PagerportError";
}

/** A setting, flag, file or combination of them that cannot work. Nothing has run yet. */
export class ConfigError extends PagerportError {
  override name = "ConfigError";
  /** The setting at fault, as the user wrote it (`PD_TOKEN`, `--since`). */
  readonly setting: string | undefined;

  constructor(message: string, options: ErrorOptions & { setting?: string } = {}) {
    super(message, options);
    this.setting = options.setting;
  }
}

/** One thing that is wrong with a mapping. */
export interface Mistake {
  /** The file, as the user named it; undefined for a mapping that came from an API. */
  readonly file: string | undefined;
  /** From 1; undefined where there is no text to point into. */
  readonly line: number | undefined;
  /** From 1, in characters; undefined where there is no text to point into. */
  readonly column: number | undefined;
  /** Where in the document: `resources[1].port.entity.mappings.blueprint`; empty for the whole. */
  readonly path: string;
  /** What is wrong, and where it can be told, what would be right. */
  readonly message: string;
}

/** A mapping that cannot be used, with every mistake in it. Nothing has run. */
export class MappingError extends ConfigError {
  override name = "MappingError";
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[], options: ErrorOptions = {}) {
    super(mistakes.map(describeMistake).join("\n"), options);
    this.mistakes = mistakes;
  }
}

/** `file:line:column: path: message`, without the parts that are not known. */
export function describeMistake(mistake: Mistake): string {
  const { file, line, column, path, message } = mistake;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return [place, path, message].filter((part) => part !== "").join(": ");
}

/**
 * Credentials of another PagerDuty account, or of another organisation in Port, than those that an
 * integration belongs to. Nothing was written.
 */
export class ForeignHostError extends ConfigError {
  override name = "ForeignHostError";
}

/** A decision on a plan that cannot be taken; nothing has changed. */
export class PlanError extends PagerportError {
  override name = "PlanError";
  /** `unknown`: no such plan; `settled`: nothing of it is left to decide; `not-on-plan`: it names something else. */
  readonly reason: "unknown" | "settled" | "not-on-plan";

  constructor(
    message: string,
    options: ErrorOptions & { readonly reason: "unknown" | "settled" | "not-on-plan" },
  ) {
    super(message, options);
    this.reason = options.reason;
  }
}

/** What every failed request tells: enough to find it in the other side's logs. */
export interface RequestErrorOptions extends ErrorOptions {
  /** Who was asked: `PagerDuty` or `Port`. */
  readonly host: string;
  readonly method: string;
  /** The address, with secrets in it already masked. */
  readonly url: string;
}

/** A request that was answered, but not with success. */
export class HttpError extends PagerportError {
  override name = "HttpError";
  readonly host: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** The other side's id of the request (`x-request-id`, `x-trace-id`), where it gave one. */
  readonly requestId: string | undefined;
  /** The reason that the other side gave, in its own words; empty where it gave none. */
  readonly reason: string;

  constructor(
    message: string,
    options: RequestErrorOptions & {
      status: number;
      requestId?: string | undefined;
      reason: string;
    },
  ) {
    super(message, options);
    this.host = options.host;
    this.method = options.method;
    this.url = options.url;
    this.status = options.status;
    this.requestId = options.requestId;
    this.reason = options.reason;
  }

  /** The same error, its message led by what it means and what to do about it. */
  withAdvice(advice: string): HttpError {
    const { host, method, url, status, requestId, reason } = this;
    const message = `${advice}\n${this.message}`;
    return new HttpError(message, { host, method, url, status, requestId, reason, cause: this });
  }
}

/** A request that was never answered, or whose answer broke off, after all retries. */
export class NetworkError extends PagerportError {
  override name = "NetworkError";
  readonly host: string;
  readonly method: string;
  readonly url: string;

  constructor(message: string, options: RequestErrorOptions) {
    super(message, options);
    this.host = options.host;
    this.method = options.method;
    this.url = options.url;
  }
}

/**
 * A success that cannot be the host's own answer, after all retries: something on the way has answered in its
 * place. The host is as good as silent.
 */
export class UnusableAnswerError extends NetworkError {
  override name = "UnusableAnswerError";

  /** The same error, its message followed by what it may mean. */
  withAdvice(advice: string): UnusableAnswerError {
    const { host, method, url } = this;
    const message = `${this.message}\n${advice}`;
    return new UnusableAnswerError(message, { host, method, url, cause: this });
  }
}

/** A local file that could not be read or written (disk full, no permission). */
export class FileError extends PagerportError {
  override name = "FileError";
  readonly path: string;

  constructor(message: string, options: ErrorOptions & { path: string }) {
    super(message, options);
    this.path = options.path;
  }
}

/**
 * The journal of deletions has no room, so that nothing is deleted: rather that than lose what can be put back.
 */
export class JournalFullError extends FileError {
  override name = "JournalFullError";
}

/** A write that was about to be sent where nothing may be written. It was not sent. */
export class ReadOnlyError extends PagerportError {
  override name = "ReadOnlyError";
}

/** The message of anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
