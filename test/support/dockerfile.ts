/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  /** `--from=build` as `{ from: "build" }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What comes after the flags: the words, or the members of a JSON array. */
  readonly words: readonly string[];
  /** What comes after the flags, as it is written. */
  readonly text: string;
}

/** A stage: `FROM` and what follows it. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** What a Dockerfile of ours may use. @see https://docs.docker.com/reference/dockerfile/ */
const known = new Set([
  "FROM",
  "WORKDIR",
  "COPY",
  "RUN",
  "ENV",
  "USER",
  "EXPOSE",
  "ENTRYPOINT",
  "CMD",
]);

/** Reads a Dockerfile line by line. @throws Error naming a line that is none of ours */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const instruction = parseInstruction(line);
    if (instruction.name === "FROM") {
      const [base = "", as, name] = instruction.words;
      if (as !== undefined && as !== "AS") throw new Error(`Not understood: ${line}`);
      stages.push({ base, name, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Before the first FROM: ${line}`);
    stage.instructions.push(instruction);
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = "", given = "", text = ""] =
    /^([A-Z]+)((?: --[a-z]+=\S+)*) (.+)$/.exec(line) ?? [];
  if (!known.has(name)) throw new Error(`Not understood: ${line}`);
  // Flags of RUN's command are its own.
  const flags = [...given.matchAll(/--([a-z]+)=(\S+)/g)].map(([, key = "", value = ""]) => [
    key,
    value,
  ]);
  const words = text.startsWith("[") ? (JSON.parse(text) as string[]) : text.split(/\s+/);
  return { name, flags: Object.fromEntries(flags), words, text };
}

/** Whether a build can see a file of the context, by lines as `.dockerignore` has them. */
export function isInContext(path: string, ignored: string): boolean {
  let isIn = true;
  for (const line of ignored.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const isException = line.startsWith("!");
    const pattern = isException ? line.slice(1) : line;
    // A pattern that names a folder means all that is in it.
    const fits = new Bun.Glob(pattern).match(path) || new Bun.Glob(`${pattern}/**`).match(path);
    if (fits) isIn = isException;
  }
  return isIn;
}
