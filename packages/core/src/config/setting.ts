/** One setting: where it may come from and what it means. */
export interface Setting<Value> {
  /**
   * Our own environment variables, the first that is set wins. Also read as `NAME_FILE` where it is a
   * secret.
   */
  readonly environment: readonly [string, ...string[]];
  /** What Ocean's container calls it; read after our own names, in any case of letters. */
  readonly ocean?: readonly string[];
  /** Ocean's variable that names a file with the secret in it; wins over its other names. */
  readonly oceanPath?: string;
  /** The command line flag, where there is one. */
  readonly flag?: string;
  /** A secret is never shown, and never read from pagerport.yaml. */
  readonly isSecret: boolean;
  /** Also read as `NAME_FILE`, though it is no secret: it is kept together with one. @default false */
  readonly hasFile?: boolean;
  readonly description: string;
  /** Turns what a person wrote into the value; throws an Error saying what is valid. */
  readonly parse: (text: string) => Value;
  readonly default?: NoInfer<Value>;
  /** What holds where it is not set, in words: where that is no fixed value. */
  readonly defaultText?: string;
}

/** A setting whose default is checked against what its text is parsed to. */
export function defineSetting<Value>(setting: Setting<Value>): Setting<Value> {
  return setting;
}
