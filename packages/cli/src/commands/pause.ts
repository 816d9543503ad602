import {
  type ApiOperations,
  ConfigError,
  doAudited,
  HttpError,
  type Pause,
  type PendingWriter,
  setPause,
  untilQuiet,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { namePerson } from "../name-person.ts";
import {
  addServerOption,
  findServer,
  type ServerFlags,
  serverSettingNames,
} from "../open-operations.ts";
import { parseDuration } from "../parse-duration.ts";
import { formatDuration, formatObjects } from "../ui/format.ts";
import { addHelp, type HelpText } from "../ui/help.ts";
import { serverStoreSettingNames } from "../setting-names.ts";
import { addConfigOption } from "../run-options.ts";
import { type InboxFlags, withInbox } from "./inbox-options.ts";

/** The flags of `pause` as commander gives them. */
interface PauseFlags extends InboxFlags, ServerFlags {
  readonly deletions?: true;
  readonly for?: string;
  readonly reason?: string;
  readonly by?: string;
}

/** Milliseconds between questions to a server who may still write. */
const askEvery = 500;

/**
 * Milliseconds that it waits for what has begun: longer than the claims and the run of a process that was
 * killed last, which nobody gives back.
 */
const longestWait = 75_000;

const help: HelpText = {
  examples: [
    ["pagerport pause", "nothing is written to Port until 'pagerport resume'"],
    ["pagerport pause --for 2h --reason 'Port migrates'", "it ends by itself"],
    ["pagerport pause --deletions", "nothing is deleted; all else goes on"],
    ["pagerport pause --url http://127.0.0.1:8010", "by the API of a server"],
  ],
  about: [
    "The store is the server's: these settings must be as the server has them. Every server and every sync on that store keeps to it, restarted ones too. Events are received and kept. A resync that goes on breaks off, and begins again at the end.",
    "With --url a server is told, and asked who still writes: for that the token needs the right 'read', too.",
    "It returns when nobody writes any more. Exit code 3: it is paused, and somebody may still be writing, who is named.",
  ],
  settings: [...serverStoreSettingNames, ...serverSettingNames],
  exitCodes: {
    0: true,
    2: "usage or configuration, or no such store",
    5: "the server of --url did not answer",
    3: "paused, but something that had begun has not ended",
  },
};

/** Adds `pagerport pause`. */
export function addPauseCommand(program: Command, context: CliContext): void {
  const command = program
    .command("pause")
    .description("Stop writing to Port; events are received and kept")
    .option("--deletions", "only delete nothing, and make no stubs; write all else")
    .option("--for <time>", "end by itself after this: 30m, 2h, 1d (default: 'pagerport resume')")
    .option("--reason <text>", "why, for those who wonder")
    .option("--by <text>", "who you are (default: user@host)")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addServerOption(addConfigOption(command)), help).action((flags: PauseFlags) =>
    runPause(flags, context),
  );
}

async function runPause(flags: PauseFlags, context: CliContext): Promise<void> {
  const { deletions, reason, by = namePerson() } = flags;
  if (by.trim() === "") throw new ConfigError("--by is empty", { setting: "--by" });
  const lasts = flags.for === undefined ? undefined : parseDuration(flags.for, "--for");
  const scope = deletions === true ? "deletions" : "all";
  const { clock, signal, stderr } = context;
  const onWait = (writers: readonly PendingWriter[]): void => {
    stderr.write(`Waiting for what has begun: ${nameWriters(writers)}.\n`);
  };
  const wanted = { scope, for: lasts, by, reason } as const;
  const server = findServer(flags, context);
  if (server !== undefined) {
    const pause = await server.pause(wanted);
    stderr.write(`${describeBeginning(pause, lasts)}\n`);
    const begun = clock.now();
    const pending = await untilServerIsQuiet({ server, pending: pause.pending, onWait }, context);
    const waited = Math.min(clock.now() - begun, longestWait);
    tellEnd({ pause, pending, waited, isJson: flags.json === true }, context);
    return;
  }
  await withInbox(flags, context, async (sql) => {
    const what = lasts === undefined ? scope : `${scope}, for ${formatDuration(lasts)}`;
    const action = { who: by, from: "command line", action: "pause", what };
    const pause = await doAudited(sql, action, () => setPause(sql, wanted));
    stderr.write(`${describeBeginning(pause, lasts)}\n`);
    const pending = await untilQuiet({
      sql,
      clock,
      scope,
      limit: longestWait,
      signal,
      onWait,
    });
    tellEnd({ pause, pending, waited: longestWait, isJson: flags.json === true }, context);
  });
}

/** Asks a server until nobody may still write, as the wait on a store does. */
async function untilServerIsQuiet(
  {
    server,
    onWait,
    ...answered
  }: {
    readonly server: Pick<ApiOperations, "readPause">;
    readonly pending: readonly PendingWriter[];
    readonly onWait: (writers: readonly PendingWriter[]) => void;
  },
  { clock, signal }: Pick<CliContext, "clock" | "signal">,
): Promise<readonly PendingWriter[]> {
  const end = clock.now() + longestWait;
  let { pending } = answered;
  let told = "";
  while (pending.length > 0 && clock.now() < end) {
    const now = JSON.stringify(pending);
    if (now !== told) onWait(pending);
    told = now;
    await clock.sleep(askEvery, signal);
    try {
      // Where it is over by now, that is somebody's wish, and there is nothing to wait for.
      pending = (await server.readPause())?.pending ?? [];
    } catch (error) {
      // Who may pause may not see how it is: then this is all that is known.
      if (error instanceof HttpError && error.status === 403) return pending;
      throw error;
    }
  }
  return pending;
}

function tellEnd(
  {
    pause,
    pending,
    waited,
    isJson,
  }: {
    readonly pause: Pause;
    readonly pending: readonly PendingWriter[];
    /** Milliseconds. */
    readonly waited: number;
    readonly isJson: boolean;
  },
  context: CliContext,
): void {
  const { stderr } = context;
  if (isJson) {
    const document = { command: "pause", pause: describeFields(pause), pending };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  if (pending.length === 0) {
    stderr.write(`${nothingMore[pause.scope]}\n`);
    return;
  }
  stderr.write(
    `It is paused, and after ${formatDuration(waited)} there is still ${nameWriters(pending)}: what of it is on its way to Port may arrive. Run it again to see whether it has ended.\n`,
  );
  context.exitCode = exitCodes.partial;
}

const nothingMore: Readonly<Record<Pause["scope"], string>> = {
  all: "Nothing is written to Port any more.",
  deletions: "Nothing is deleted in Port any more.",
};

function describeBeginning({ scope, by, until }: Pause, lasts: number | undefined): string {
  const what = scope === "all" ? "Writing to Port" : "Deleting in Port";
  const end =
    until === undefined || lasts === undefined
      ? "until 'pagerport resume'"
      : `for ${formatDuration(lasts)}, until ${new Date(until).toISOString()}, or 'pagerport resume'`;
  return `${what} is paused by ${by} ${end}.`;
}

function nameWriters(writers: readonly PendingWriter[]): string {
  const names = writers.map(({ owner, work, count }) => {
    if (work === "run") return `a resync or import of ${owner}`;
    return work === "command"
      ? `what ${owner} writes`
      : `${formatObjects(count, "objects")} of ${owner}`;
  });
  return [...new Set(names)].join(", ");
}

/** A pause as `--json` has it: moments as ISO 8601, what is not known as null. */
export function describeFields(pause: Pause): Record<keyof Pause, string | null> {
  const { scope, since, until, by, reason = null } = pause;
  return {
    scope,
    since: new Date(since).toISOString(),
    until: until === undefined ? null : new Date(until).toISOString(),
    by,
    reason,
  };
}
