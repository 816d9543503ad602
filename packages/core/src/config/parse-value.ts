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

/** A name of plain characters without spaces, as a path or a header can hold it. */
export function parseWord(text: string): string {
  if (!/^[!-~]+$/.test(text)) {
    throw new RangeError("must be one word of plain characters (a-z, 0-9, -, _, .)");
  }
  return text;
}

/** Words with commas between them; none is empty. */
export function parseWords(text: string): readonly string[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.some((word) => !/^[!-~]+$/.test(word))) {
    throw new RangeError(
      "must be one word of plain characters, or several with commas between them",
    );
  }
  return words;
}

/** Secrets with commas between them; none is empty. */
export function parseSecrets(text: string): readonly string[] {
  const secrets = text.split(",").map((secret) => secret.trim());
  if (secrets.some((secret) => secret === "")) {
    throw new RangeError("must be one secret, or several with commas between them");
  }
  return secrets;
}

/** Yes or no, in the words that Ocean's settings take. */
export function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (["true", "1", "yes", "y", "on", "t"].includes(word)) return true;
  if (["false", "0", "no", "n", "off", "f"].includes(word)) return false;
  throw new RangeError("must be true or false");
}

/** One of several words, in any case of letters. */
export function parseChoice<const Choice extends string>(
  choices: readonly Choice[],
): (text: string) => Choice {
  return (text) => {
    const word = text.trim().toLowerCase();
    const choice = choices.find((one) => one.toLowerCase() === word);
    if (choice !== undefined) return choice;
    throw new RangeError(`must be ${choices.length > 1 ? "one of " : ""}${choices.join(", ")}`);
  };
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

/** A whole number within bounds, both included. */
export function parseWhole(bounds: { least: number; most: number }): (text: string) => number {
  return (text) => {
    const number = Number(text);
    const isWithin = Number.isInteger(number) && number >= bounds.least && number <= bounds.most;
    if (text.trim() === "" || !isWithin) {
      throw new RangeError(`must be a whole number from ${bounds.least} to ${bounds.most}`);
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
