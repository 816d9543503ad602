/** How long a Backstage backend takes to start, with pagerport's plugin and without. */

export interface MeasurePortalStartOptions {
  /** The command that starts the backend. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it prints when it has started. */
  readonly started: string;
  /** Starts of each sort, in turn, so that both meet the same machine. */
  readonly runs: number;
}

/** Starts it with and without the plugin in turn, and describes what that took. */
export async function measurePortalStart(options: MeasurePortalStartOptions): Promise<string> {
  const bare: Start[] = [];
  const whole: Start[] = [];
  for (let run = 0; run < options.runs; run += 1) {
    bare.push(await startOnce(options, { WITHOUT_PAGERPORT: "yes" }));
    whole.push(await startOnce(options, {}));
  }
  const compare = (name: keyof Start): string => {
    const [without, with_] = [bare, whole].map((starts) =>
      medianOf(starts.map((one) => one[name])),
    );
    return `${without} ms without the plugin, ${with_} ms with it`;
  };
  return `start: ${compare("took")}; of processor time: ${compare("cpu")} (medians of ${options.runs})`;
}

/** Milliseconds. */
interface Start {
  readonly took: number;
  /** Of processor time, which other processes on the machine do not change much. */
  readonly cpu: number;
}

async function startOnce(
  { command, cwd, env, started }: MeasurePortalStartOptions,
  more: Readonly<Record<string, string>>,
): Promise<Start> {
  const begun = performance.now();
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...env, ...more },
    stdout: "pipe",
    stderr: "ignore",
  });
  let printed = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    printed += decoder.decode(chunk, { stream: true });
    if (printed.includes(started)) break;
  }
  const took = Math.round(performance.now() - begun);
  child.kill("SIGKILL");
  await child.exited;
  if (!printed.includes(started)) throw new Error(`It did not start:\n${printed.slice(-2000)}`);
  const cpu = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000;
  return { took, cpu: Math.round(cpu) };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
