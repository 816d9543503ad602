/**
 * The Dockerfile where there is no container engine: its steps, followed line by line in clean folders,
 * then the image's root, read-only, as process 1 and as a user that nobody knows, with what Port's chart
 * gives it. In the place of the base image there are the libraries that the programs in it name. Needs root.
 */
import { chmod, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import { type ChartValues, mergeValues, renderEnvironment } from "../test/support/chart.ts";
import { type Instruction, isInContext, parseDockerfile } from "../test/support/dockerfile.ts";
import { parseDeployFile, readDeployFile } from "../test/support/read-pipeline.ts";
import { runCommand } from "./run-command.ts";

const context = join(import.meta.dir, "..");
const ignored = readDeployFile("Dockerfile.dockerignore");
const small = { services: 5, incidents: 20, schedules: 2, users: 4, years: 0.05 } as const;

/** What a base image has that the steps and the entry point need. */
const programs = ["/bin/sh", "/bin/mkdir"];

const work = await mkdtemp(join(tmpdir(), "container-"));
const folders = { build: join(work, "build"), image: join(work, "image") };
/** ENV, ENTRYPOINT and CMD of the image. */
const image = { env: {} as Record<string, string>, command: [] as string[] };
try {
  const [build, last] = parseDockerfile(readDeployFile("Dockerfile"));
  if (build === undefined || last === undefined) throw new Error("Two stages were expected");
  let folder = "/";
  for (const one of build.instructions) {
    if (one.name === "WORKDIR") folder = one.text;
    else if (one.name === "RUN")
      await runCommand(["sh", "-c", one.text], join(folders.build, folder));
    else await copy(one, join(folders.build, folder));
  }
  await makeBase(join(folders.build, "build/dist/pagerport"));
  for (const one of last.instructions) await followStep(one);
  process.stderr.write("ok: every step of the Dockerfile\n");

  const values = parseDeployFile("helm-values.yaml") as ChartValues;
  const cronJob = mergeValues(values, parseDeployFile("helm-values-cronjob.yaml") as ChartValues);
  await tryJob("a CronJob", cronJob, {}, 0);
  await tryJob("a CronJob that is refused a kind", cronJob, { refused: { schedules: 403 } }, 3);
  await tryJob("a CronJob with a wrong token", cronJob, { token: "another" }, 4);
  await tryServer(values);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** COPY into a folder, of what a build sees. */
async function copy({ name, words, flags }: Instruction, folder: string): Promise<void> {
  if (name !== "COPY") throw new Error(`Not understood: ${name}`);
  const target = words.at(-1) ?? "";
  const source = flags["from"] === undefined ? context : folders.build;
  for (const path of words.slice(0, -1)) {
    const isFolder = !(await Bun.file(join(source, path)).exists());
    const names = isFolder
      ? await Array.fromAsync(new Glob("**/*").scan(join(source, path)))
      : [""];
    for (const inside of names) {
      const from = join(path, inside);
      if (source === context && !isInContext(from, ignored)) continue;
      const into = target.endsWith("/") ? join(target, path.split("/").at(-1) ?? "") : target;
      const to = join(folder, into, inside);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(source, from), to);
      if (flags["chmod"] !== undefined) await chmod(to, Number.parseInt(flags["chmod"], 8));
    }
  }
}

/** The part of a system that the image stands on. */
async function makeBase(executable: string): Promise<void> {
  for (const name of ["dev", "proc", "tmp", "usr/local/bin"]) {
    await mkdir(join(folders.image, name), { recursive: true });
  }
  await Bun.write(join(folders.image, "dev/null"), "");
  for (const program of programs) await cp(program, await placeOf(program), { dereference: true });
  for (const program of [...programs, executable]) {
    const libraries = await runCommand(["ldd", program], work);
    for (const [, path = ""] of libraries.matchAll(/(\/lib\S*\.so\S*)/g)) {
      await cp(path, await placeOf(path), { dereference: true });
    }
  }
}

async function placeOf(path: string): Promise<string> {
  const place = join(folders.image, path);
  await mkdir(dirname(place), { recursive: true });
  return place;
}

async function followStep(one: Instruction): Promise<void> {
  const { name, words, text } = one;
  if (name === "COPY") await copy(one, folders.image);
  if (name === "RUN") await runCommand(["chroot", folders.image, "/bin/sh", "-c", text], work);
  if (name === "ENV") Object.assign(image.env, Object.fromEntries([text.split("=")]));
  if (name === "ENTRYPOINT" || name === "CMD") image.command.push(...words);
}

/** Starts the image as the chart's pod has it: nothing but /tmp/ocean can be written. */
function startPod(env: Readonly<Record<string, string>>) {
  const enter = [
    'mount --bind "$0" "$0"',
    'mount -t proc proc "$0/proc"',
    'mount --bind /dev/null "$0/dev/null"',
    'mount -t tmpfs -o mode=1777 tmpfs "$0/tmp/ocean"',
    'mount -o remount,ro,bind "$0"',
    'exec chroot --userspec=123456:0 --groups= "$0" "$@"',
  ].join(" && ");
  return Bun.spawn(
    [
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "sh",
      "-c",
      enter,
      folders.image,
      ...image.command,
    ],
    {
      env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...image.env, ...env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    },
  );
}

/** The pod's environment, with the sandbox's addresses in the place of the real. */
function podEnvironment(
  values: ChartValues,
  sandbox: Awaited<ReturnType<typeof startSandbox>>,
): Record<string, string> {
  const { OCEAN__BASE_URL: _, ...env } = renderEnvironment(values);
  return {
    ...env,
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__INTEGRATION__CONFIG__API_URL: sandbox.pagerDutyUrl,
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__INTEGRATION__CONFIG__TOKEN: "sandbox-token",
  };
}

async function tryJob(
  name: string,
  values: ChartValues,
  options: SandboxOptions,
  expected: number,
): Promise<void> {
  await using sandbox = await startSandbox({ ...small, ...options });
  const pod = startPod(podEnvironment(values, sandbox));
  const printed = await new Response(pod.stderr).text();
  const code = await pod.exited;
  const services = sandbox.port.entities("pagerdutyService").length;
  if (code !== expected || (expected !== 4 && services !== small.services)) {
    throw new Error(
      `${name}: exit ${code} instead of ${expected}, ${services} services\n${printed}`,
    );
  }
  process.stderr.write(`ok: ${name} ends with ${code}\n`);
}

async function tryServer(values: ChartValues): Promise<void> {
  await using sandbox = await startSandbox(small);
  const probe = Bun.serve({ port: 0, fetch: () => new Response() });
  const port = String(probe.port);
  await probe.stop(true);
  const pod = startPod({ ...podEnvironment(values, sandbox), APPLICATION__PORT: port });
  let log = "";
  const decoder = new TextDecoder();
  for await (const chunk of pod.stderr) {
    log += decoder.decode(chunk, { stream: true });
    if (!log.includes("Resync ended")) continue;
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    const services = sandbox.port.entities("pagerdutyService").length;
    if (ready.status !== 200 || services !== small.services) break;
    await end(pod, "SIGTERM");
    const code = await pod.exited;
    if (code !== 0) throw new Error(`The server ended with ${code}:\n${log}`);
    process.stderr.write("ok: a server is ready, and ends with 0 when it is told to\n");
    return;
  }
  await end(pod, "SIGKILL");
  throw new Error(`The server did not become ready:\n${log}`);
}

/** A signal to process 1 of a pod; its outer process does not hand it on. */
async function end({ pid }: { readonly pid: number }, signal: NodeJS.Signals): Promise<void> {
  const children = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  for (const child of children.trim().split(" ")) process.kill(Number(child), signal);
}
