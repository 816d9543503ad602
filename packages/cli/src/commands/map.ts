import {
  ConfigError,
  createMapper,
  createWebhookMapper,
  type ExplainedField,
  type Mapper,
  parseMapping,
  parseWebhookConfig,
  type Problem,
  readDefaultFile,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { readInput } from "../read-input.ts";
import { parseObjects } from "./parse-objects.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

interface MapFlags {
  readonly mapping?: string;
  readonly kind?: string;
  readonly webhookConfig?: string;
  readonly input: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

const help: HelpText = {
  examples: [
    ["pagerport map --mapping mapping.yaml --kind incidents --input incidents.json", ""],
    ["curl … /services | jq .services | pagerport map --kind services", ""],
    ["pagerport map --mapping mapping.yaml --explain", ""],
    ["pagerport map --webhook-config webhook.json --input event.json", ""],
  ],
  about: [
    "Objects come as one JSON object, an array of them, or one object a line. Entities go to stdout, one a line; what went wrong goes to stderr. Nothing is sent anywhere.",
  ],
  exitCodes: { 0: true, 2: "usage, or mistakes in the mapping", 3: "done, but with problems" },
};

/** Objects that are mapped at once. */
const pageSize = 100;

/** Adds `pagerport map`. */
export function addMapCommand(program: Command, context: CliContext): void {
  const command = program
    .command("map")
    .description("Apply a mapping to PagerDuty objects from a file")
    .option("--mapping <file>", "the mapping, YAML or JSON; - = stdin (default: the built-in one)")
    .option("--kind <kind>", "what the objects are: incidents, services, …")
    .option(
      "--webhook-config <file>",
      "apply Port's webhook configuration to request bodies instead",
    )
    .option("--input <file>", "the objects; - = stdin", "-")
    .option("--explain", "print who evaluates each expression, and map nothing")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(command, help).action(async (flags: MapFlags) => {
    if (flags.webhookConfig !== undefined) await mapRequests(flags, flags.webhookConfig, context);
    else await mapObjects(flags, context);
  });
}

async function mapObjects(flags: MapFlags, context: CliContext): Promise<void> {
  const mapper = createMapper(await loadMapping(flags.mapping, context));
  try {
    if (flags.explain === true) {
      explain(mapper, flags, context);
      return;
    }
    const resources = resourcesOf(mapper, flags.kind);
    const output = createOutput(flags, context);
    const objects = parseObjects(await readInput(flags.input, "--input", context), flags.input);
    for (let at = 0; at < objects.length; at += pageSize) {
      const page = objects.slice(at, at + pageSize);
      for (const resource of resources) {
        for (const mapped of await mapper.apply(resource, page)) {
          output.add(mapped.entities, mapped.problems);
        }
      }
    }
    output.end(objects.length);
  } finally {
    await mapper.close();
  }
}

async function mapRequests(flags: MapFlags, file: string, context: CliContext): Promise<void> {
  if (flags.kind !== undefined || flags.mapping !== undefined || flags.explain === true) {
    throw new ConfigError("--webhook-config goes with --input and --json only");
  }
  const config = await parseWebhookConfig(await readInput(file, "--webhook-config", context), {
    file,
  });
  const mapper = createWebhookMapper(config);
  try {
    const output = createOutput(flags, context);
    const bodies = parseObjects(await readInput(flags.input, "--input", context), flags.input);
    for (const body of bodies) {
      const result = await mapper.apply({ body, headers: {}, queryParams: {} });
      const lines = result.operations.map((one) => (one.operation === "create" ? one.entity : one));
      output.add(lines, result.problems);
    }
    output.end(bodies.length);
  } finally {
    await mapper.close();
  }
}

async function loadMapping(file: string | undefined, context: CliContext) {
  if (file === undefined)
    return parseMapping(readDefaultFile("mapping.yaml"), { file: "default mapping" });
  return parseMapping(await readInput(file, "--mapping", context), { file });
}

function resourcesOf(mapper: Mapper, kind: string | undefined): Mapper["mapping"]["resources"] {
  const { resources } = mapper.mapping;
  const known = [...new Set(resources.map((resource) => resource.kind))].join(", ");
  if (kind === undefined) throw new ConfigError(`--kind is missing; the mapping has ${known}`);
  const chosen = resources.filter((resource) => resource.kind === kind);
  if (chosen.length > 0) return chosen;
  throw new ConfigError(`The mapping has no resource of kind ${kind}; it has ${known}`, {
    setting: "--kind",
  });
}

interface MapOutput {
  add(lines: readonly object[], problems: readonly Problem[]): void;
  /** @param count objects that were read */
  end(count: number): void;
}

function createOutput(flags: MapFlags, context: CliContext): MapOutput {
  const gathered: { entities: object[]; problems: Problem[] } = { entities: [], problems: [] };
  let entities = 0;
  let problems = 0;
  return {
    add: (lines, found) => {
      entities += lines.length;
      problems += found.length;
      if (flags.json === true) {
        gathered.entities.push(...lines);
        gathered.problems.push(...found);
      } else {
        for (const line of lines) context.stdout.write(`${JSON.stringify(line)}\n`);
      }
      for (const problem of found) context.stderr.write(`${describeProblem(problem)}\n`);
    },
    end: (count) => {
      if (flags.json === true) context.stdout.write(`${JSON.stringify(gathered)}\n`);
      context.stderr.write(`${count} objects, ${entities} entities, ${problems} problems\n`);
      if (problems > 0) context.exitCode = exitCodes.partial;
    },
  };
}

function describeProblem(problem: Problem): string {
  const { kind, objectId, item, field, message } = problem;
  const place = item === undefined ? objectId : `${objectId} item ${item + 1}`;
  return `${kind} ${place}: ${field}: ${message}`;
}

function explain(mapper: Mapper, flags: MapFlags, context: CliContext): void {
  const fields = mapper
    .explain()
    .filter((field) => flags.kind === undefined || field.kind === flags.kind);
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(fields)}\n`);
    return;
  }
  const widest = (of: (field: ExplainedField) => string): number =>
    Math.max(0, ...fields.map((field) => of(field).length));
  const placeOf = (field: ExplainedField): string => `${field.kind}[${field.resource}]`;
  const [places, names] = [widest(placeOf), widest((field) => field.field)];
  for (const field of fields) {
    const columns = [
      placeOf(field).padEnd(places),
      field.field.padEnd(names),
      field.path.padEnd("literal".length),
      field.expression.replaceAll("\n", " "),
    ];
    context.stdout.write(`${columns.join("  ")}\n`);
  }
}
