/** Takes text as it is. */
export function parseText(text: string): string {
  return text;
}

/** A credential that goes into a header; surrounding white space is a mistake of copying. */
export function parseToken(text: string): string {
  const token = text.trim();
  if (!/^[!-~]+$/.test(token)) {
    throw new RangeError(
      "must be one word of plain characters: was it copied whole, and nothing else?",
    );
  }
  return token;
}

/** An absolute http(s) URL; a path alone loses its trailing slash. */
export function parseUrl(text: string): string {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError("must be a URL that begins with https:// (or http://)");
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError("must not hold a user name or password");
  }
  return url.search === "" && url.hash === "" ? trimmed.replace(/\/+$/, "") : trimmed;
}

/** A number within bounds, both included. */
export function parseNumber(bounds: { least: number; most: number }): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === "" || !(number >= bounds.least && number <= bounds.most)) {
      throw new RangeError(`must be a number from ${bounds.least} to ${bounds.most}`);
    }
    return number;
  };
}

/**
 * An ISO 8601 date or time with a zone; a date alone is midnight UTC. Milliseconds at whole seconds: the
 * first one at or after that time, since what is compared with it happened at whole seconds.
 */
export function parseTime(text: string): number {
  const pattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/;
  const milliseconds = Date.parse(text);
  const isDate = pattern.test(text) && !Number.isNaN(milliseconds);
  // Date.parse() takes the 31st of February for the 2nd or 3rd of March on some runtimes.
  const day = text.slice(0, 10);
  const exists = isDate && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!exists) {
    throw new RangeError(
      "must be a date (2024-01-31) or a time with a zone (2024-01-31T08:00:00Z)",
    );
  }
  return Math.ceil(milliseconds / 1000) * 1000;
}
