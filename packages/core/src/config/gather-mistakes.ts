import { ConfigError } from "../errors.ts";

type Loaded<Parts extends Readonly<Record<string, () => unknown>>> = {
  readonly [Name in keyof Parts]: ReturnType<Parts[Name]>;
};

/**
 * Loads several parts of a configuration, so that what is wrong with all of them is told at once.
 *
 * @throws {ConfigError} with a line for each mistake
 */
export function gatherMistakes<Parts extends Readonly<Record<string, () => unknown>>>(
  parts: Parts,
): Loaded<Parts> {
  const mistakes: ConfigError[] = [];
  const entries = Object.entries(parts).map(([name, load]) => {
    try {
      return [name, load()] as const;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(error);
      return [name, undefined] as const;
    }
  });
  const [first] = mistakes;
  if (first === undefined) return Object.fromEntries(entries) as Loaded<Parts>;
  if (mistakes.length === 1) throw first;
  const lines = new Set(mistakes.flatMap(({ message }) => message.split("\n")));
  throw new ConfigError([...lines].join("\n"), {
    ...(first.setting === undefined ? {} : { setting: first.setting }),
    cause: first,
  });
}
