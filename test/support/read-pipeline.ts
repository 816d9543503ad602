import { readFileSync } from "node:fs";
import { join } from "node:path";
import { YAML } from "bun";

const folder = join(import.meta.dir, "../../deploy");

/** The job of one pipeline file, as the system that it is for would run it. */
export interface PipelineJob {
  readonly name: string;
  /** The shell and its flags. */
  readonly shell: readonly string[];
  readonly script: string;
  /** What the file sets itself; a secret is `undefined`: the system has it under the same name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly image: string;
}

type Step = { run?: string; script?: string; env?: Record<string, string>; uses?: string };

/** A file of `deploy/`. */
export function readDeployFile(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

/** A file of `deploy/` that is YAML. */
export function parseDeployFile(name: string): unknown {
  return YAML.parse(readDeployFile(name));
}

/** Every pipeline of `deploy/`. */
export function readPipelines(): readonly PipelineJob[] {
  return [readGithub(), readGitlab(), readJenkins(), readAzure()];
}

function readGithub(): PipelineJob {
  const file = parseDeployFile("github-actions.yml") as {
    env: Record<string, string>;
    jobs: { sync: { steps: Step[] } };
  };
  const step = file.jobs.sync.steps.find(({ run }) => run !== undefined);
  const secrets = readSecrets(step?.env, /^\$\{\{ secrets\.(\w+) \}\}$/);
  return {
    name: "GitHub Actions",
    // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax: without `shell`.
    shell: ["bash", "-e"],
    script: step?.run ?? "",
    env: { ...file.env, ...secrets },
    image: file.env["IMAGE"] ?? "",
  };
}

function readGitlab(): PipelineJob {
  const job = (
    parseDeployFile("gitlab-ci.yml") as Record<
      string,
      { image: { name: string }; script: string[]; variables: Record<string, string> }
    >
  )["pagerduty-to-port"];
  const secrets = ["PD_TOKEN", "PORT_CLIENT_ID", "PORT_CLIENT_SECRET"];
  return {
    name: "GitLab CI",
    shell: ["sh", "-e"],
    script: job?.script.join("\n") ?? "",
    // Every CI/CD variable of the project is in the environment of its jobs.
    env: { ...job?.variables, ...Object.fromEntries(secrets.map((name) => [name, undefined])) },
    image: job?.image.name ?? "",
  };
}

function readJenkins(): PipelineJob {
  const text = readDeployFile("Jenkinsfile");
  const [, script = ""] = /\bsh '''\n([^]*?)'''/.exec(text) ?? [];
  const [, block = ""] = /\benvironment \{\n([^]*?)\n {4}\}/.exec(text) ?? [];
  const env = Object.fromEntries(
    block.split("\n").map((line): [string, string | undefined] => {
      const [, name = line, credential, value] =
        /^\s*(\w+) = (?:credentials\('(\w+)'\)|'([^']*)')$/.exec(line) ?? [];
      if (credential !== undefined && credential !== name) throw new Error(`Not alike: ${line}`);
      return [name, value];
    }),
  );
  return {
    name: "Jenkins",
    shell: ["sh", "-xe"],
    // Groovy takes a backslash at the end of a line, and the end with it, out of its text.
    script: script.replaceAll("\\\n", ""),
    env,
    image: env["IMAGE"] ?? "",
  };
}

function readAzure(): PipelineJob {
  const file = parseDeployFile("azure-pipelines.yml") as {
    variables: { name?: string; value?: string }[];
    steps: Step[];
  };
  const step = file.steps.find(({ script }) => script !== undefined);
  const variables = Object.fromEntries(
    file.variables.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value]])),
  );
  return {
    name: "Azure Pipelines",
    // https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps-script
    shell: ["bash", "--noprofile", "--norc"],
    script: step?.script ?? "",
    env: { ...variables, ...readSecrets(step?.env, /^\$\((\w+)\)$/) },
    image: variables["IMAGE"] ?? "",
  };
}

/** Secrets that a step maps; each under its own name. */
function readSecrets(
  mapped: Readonly<Record<string, string>> = {},
  form: RegExp,
): Record<string, undefined> {
  return Object.fromEntries(
    Object.entries(mapped).map(([name, text]) => {
      if (form.exec(text)?.[1] !== name) throw new Error(`${name} is not a secret: ${text}`);
      return [name, undefined];
    }),
  );
}
