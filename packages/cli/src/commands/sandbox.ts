import { type Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import type { Faults, Sandbox, SandboxOptions } from "../sandbox/index.ts";
import {
  parseFaults,
  parseLatency,
  parseNumber,
  parseRate,
  parseSpeed,
  parseTimeZone,
  parseUrl,
  parseWhole,
} from "./sandbox-values.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

interface SandboxFlags {
  readonly services: number;
  readonly incidents: number;
  readonly years: number;
  readonly seed: string;
  readonly subdomain?: string;
  readonly organisation?: string;
  readonly deletedServices: number;
  readonly users?: number;
  readonly schedules?: number;
  readonly shiftSchedules?: number;
  readonly rate?: SandboxOptions["rate"];
  readonly latency?: SandboxOptions["latency"];
  readonly faults?: SandboxOptions["faults"];
  readonly maxLimit?: number;
  readonly untilExclusive?: boolean;
  readonly unstableOrder?: boolean;
  readonly extraFields?: boolean;
  readonly accountTimeZone: string;
  readonly ingestSecret?: string;
  readonly ingestRate?: SandboxOptions["rate"];
  readonly ingestFaults?: SandboxOptions["faults"];
  readonly portRate?: SandboxOptions["rate"];
  readonly portLatency?: SandboxOptions["latency"];
  readonly portFaults?: SandboxOptions["faults"];
  readonly webhookOrder: "resource" | "mixed" | "any";
  readonly webhookDuplicates?: Faults;
  readonly webhookLosses?: Faults;
  readonly webhookDelay?: SandboxOptions["latency"];
  readonly creationLag: number;
  readonly subscriber?: string;
  readonly day?: number;
  readonly speed: number | "asap";
  readonly record: "all" | "last" | "count";
  readonly token?: string;
  readonly port: number;
  readonly host: string;
}

const help: HelpText = {
  examples: [
    ["pagerport sandbox", ""],
    ["pagerport sandbox --incidents 1000000 --rate 960/60s --latency 300-2000", ""],
    ["pagerport sandbox --day 200 --speed 600", ""],
  ],
  about: [
    "In another shell, enter the lines that it prints (they set PD_TOKEN and the others), and then: pagerport import. It goes on until Ctrl-C.",
  ],
  exitCodes: { 0: "stopped", 2: true },
};

/** Adds `pagerport sandbox`: a PagerDuty and a Port to try everything against. */
export function addSandboxCommand(program: Command, context: CliContext): void {
  const command = program
    .command("sandbox")
    .description("Run an invented PagerDuty account and an empty Port on this machine")
    .option("--services <number>", "services of the account", parseWhole("--services", 1), 40)
    .option(
      "--incidents <number>",
      "incidents of its history",
      parseWhole("--incidents", 0),
      25_000,
    )
    .option("--years <number>", "years that the history spans", parseNumber("--years", 0.01), 3)
    .option("--seed <text>", "another seed is another account", "pagerport")
    .option("--subdomain <name>", "what its web addresses begin with (default: by the seed)")
    .option("--organisation <id>", "id of the organisation in Port (default: by the seed)")
    .option(
      "--deleted-services <number>",
      "services that incidents name but that are gone",
      parseWhole("--deleted-services", 0),
      0,
    )
    .option("--users <number>", "people of the account", parseWhole("--users", 1))
    .option("--schedules <number>", "schedules of the account", parseWhole("--schedules", 0))
    .option(
      "--shift-schedules <number>",
      "how many of its schedules are of the newer, shift-based kind (default: 0)",
      parseWhole("--shift-schedules", 0),
    )
    .option("--rate <number/time>", "requests per time, such as 960/60s", parseRate("--rate"))
    .option(
      "--latency <milliseconds>",
      "added to each answer, such as 300-2000",
      parseLatency("--latency"),
    )
    .option("--faults <share>", "share of answers that go wrong", parseFaults("--faults"))
    .option("--max-limit <number>", "most rows of a page", parseWhole("--max-limit", 1))
    .option("--until-exclusive", "leave the second of 'until' out of ranges")
    .option("--unstable-order", "change the order of lists from page to page")
    .option("--extra-fields", "add fields that no documentation names")
    .option(
      "--account-time-zone <zone>",
      "zone of times that name none",
      parseTimeZone("--account-time-zone"),
      "UTC",
    )
    .option("--ingest-secret <text>", "require webhooks to be signed with it")
    .option(
      "--ingest-rate <number/time>",
      "posts per time, such as 100/5s",
      parseRate("--ingest-rate"),
    )
    .option(
      "--ingest-faults <share>",
      "share of posts that go wrong",
      parseFaults("--ingest-faults"),
    )
    .option(
      "--port-rate <number/time>",
      "requests to Port's API per time",
      parseRate("--port-rate"),
    )
    .option(
      "--port-latency <milliseconds>",
      "added to each answer of Port's API",
      parseLatency("--port-latency"),
    )
    .option(
      "--port-faults <share>",
      "share of Port's answers that go wrong",
      parseFaults("--port-faults"),
    )
    .option("--subscriber <url>", "URL that gets webhooks from the start", parseUrl("--subscriber"))
    .option(
      "--day <number>",
      "so many incidents come within a day that begins now, and subscribers get webhooks",
      parseWhole("--day", 0),
    )
    .option(
      "--speed <number>",
      "seconds of that day in one second, or asap",
      parseSpeed("--speed"),
      1,
    )
    .addOption(
      new Option("--webhook-order <how>", "what keeps the order of its webhooks")
        .choices(["resource", "mixed", "any"])
        .default("resource"),
    )
    .option(
      "--webhook-duplicates <share>",
      "share of webhooks that are sent twice",
      parseFaults("--webhook-duplicates"),
    )
    .option(
      "--webhook-losses <share>",
      "share of webhooks that are never sent",
      parseFaults("--webhook-losses"),
    )
    .option(
      "--webhook-delay <milliseconds>",
      "between an event and its webhook, such as 300-2000",
      parseLatency("--webhook-delay"),
    )
    .option(
      "--creation-lag <seconds>",
      "how long new services and incidents are answered with 404",
      parseNumber("--creation-lag", 0),
      0,
    )
    .addOption(
      new Option("--record <what>", "what to keep of each accepted post")
        .choices(["all", "last", "count"])
        .default("last"),
    )
    .option("--token <text>", "API key of the account")
    .option("--port <number>", "port to listen on; 0 for any", parseWhole("--port", 0, 65_535), 0)
    .option("--host <address>", "address to listen on", "127.0.0.1");
  addHelp(command, help).action(async (flags: SandboxFlags) => {
    // Loaded only here: no other command needs it just to be known.
    const { startSandbox } = await import("../sandbox/index.ts");
    const sandbox = await startSandbox(optionsOf(flags));
    try {
      const subscriber =
        flags.subscriber === undefined
          ? undefined
          : sandbox.webhooks.subscribe({ url: flags.subscriber });
      context.stdout.write(environmentOf(sandbox, flags, subscriber?.secrets[0]));
      context.stderr.write(
        `${flags.services} services and ${flags.incidents} incidents; Ctrl-C stops the sandbox\n`,
      );
      if (flags.day !== undefined) await play(sandbox, flags.day, flags.speed, context);
      await untilAborted(context.signal);
    } finally {
      await sandbox.close();
    }
  });
}

function optionsOf(flags: SandboxFlags): SandboxOptions {
  const { ingestSecret, ingestRate, ingestFaults, portRate, portLatency, portFaults, ...others } =
    flags;
  const { webhookOrder, webhookDuplicates, webhookLosses, webhookDelay, ...more } = others;
  const { creationLag, day: _day, speed: _speed, subscriber: _url, ...rest } = more;
  const ingest = { secret: ingestSecret, rate: ingestRate, faults: ingestFaults };
  const portApi = { rate: portRate, latency: portLatency, faults: portFaults };
  const webhooks = {
    order: webhookOrder,
    duplicates: webhookDuplicates?.rate,
    losses: webhookLosses?.rate,
    delay: webhookDelay,
  };
  const lags = { creationLagSeconds: creationLag, incidentLagSeconds: creationLag };
  return { ...rest, ...lags, ingest, portApi, webhooks };
}

async function play(
  sandbox: Sandbox,
  incidents: number,
  speed: number | "asap",
  { stderr, signal }: CliContext,
): Promise<void> {
  const { events } = await sandbox.playDay({ incidents, speed, signal });
  if (signal.aborted) return;
  await sandbox.webhooks.settled();
  const count = Object.values(events).reduce((sum, each) => sum + each, 0);
  const { delivered, dropped, waiting } = sandbox.webhooks.counts;
  stderr.write(
    `The day is over: ${count} events; webhooks: ${delivered} delivered, ${dropped} dropped, ${waiting} waiting\n`,
  );
}

/** Lines that a shell can take over with `eval`. */
function environmentOf(
  sandbox: Sandbox,
  flags: SandboxFlags,
  webhookSecret: string | undefined,
): string {
  const settings = [
    ["PD_TOKEN", sandbox.token],
    ["PD_API_URL", sandbox.pagerDutyUrl],
    ["PD_WEBHOOK_SECRET", webhookSecret],
    ["PORT_URL", sandbox.ingestUrl],
    ["PORT_WEBHOOK_SECRET", flags.ingestSecret],
    ["PORT_BASE_URL", sandbox.portUrl],
    ["PORT_CLIENT_ID", sandbox.portClientId],
    ["PORT_CLIENT_SECRET", sandbox.portClientSecret],
    // Without a limit there is nothing to save up for, so the import need not pace itself.
    ["PAGERPORT_REQUESTS_PER_MINUTE", flags.rate === undefined ? "0" : undefined],
  ];
  return settings
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `export ${name}=${quoted(value ?? "")}\n`)
    .join("");
}

function quoted(value: string): string {
  return /^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
