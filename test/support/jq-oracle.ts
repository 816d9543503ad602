import { loadJq } from "jq-wasm/inline";

/** What jq makes of an expression and a value: its first output or null, or its error. */
export type JqVerdict = { readonly v: unknown } | { readonly e: unknown };

/** jq itself, in this process, as the judge of everything that claims to do the same. */
export interface JqOracle {
  /** @throws Error where jq does not compile the expression */
  judge(expression: string, values: readonly unknown[]): JqVerdict[];
}

/** Loads jq. */
export async function createJqOracle(): Promise<JqOracle> {
  const jq = await loadJq();
  return {
    judge: (expression, values) => {
      const program = `try {v: ([first(${expression}\n\n)] | .[0])} catch {e: .}`;
      const inputs = values.map((value) => JSON.stringify(value)).join("\n");
      const { stdout, stderr, exitCode } = jq.raw(inputs, program, ["-c"]);
      if (exitCode !== 0) throw new Error(`jq refuses ${expression}: ${stderr}`);
      return stdout.split("\n").map((row): JqVerdict => JSON.parse(row));
    },
  };
}
