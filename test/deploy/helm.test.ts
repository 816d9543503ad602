import { expect, test } from "bun:test";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import {
  type ChartValues,
  findUnknownKeys,
  mergeValues,
  renderEnvironment,
  renderImage,
} from "../support/chart.ts";
import { entry } from "../support/docker-stand-in.ts";
import { parseDeployFile } from "../support/read-pipeline.ts";
import { startServer } from "../support/run-server.ts";
import { isLong } from "../support/size.ts";
import { machineTime } from "../support/child-process.ts";

// A history of two weeks: what the default mapping reads.
const small = { services: 5, incidents: 20, schedules: 2, users: 4, years: 0.05 } as const;
const claim = parseDeployFile("helm-values.yaml") as ChartValues;
const database = parseDeployFile("helm-values-postgresql.yaml") as ChartValues;
const cronJob = parseDeployFile("helm-values-cronjob.yaml") as ChartValues;

/** What somebody has who runs Ocean's own image, by its guide. */
const oceans: ChartValues = {
  initializePortResources: true,
  scheduledResyncInterval: 120,
  integration: {
    identifier: "my-ocean-pagerduty-integration",
    type: "pagerduty",
    eventListener: { type: "POLLING" },
    config: { apiUrl: "https://api.pagerduty.com" },
  },
};
const { imageRegistry, image } = claim;

/** The environment of the pod, with its secrets, and the sandbox's addresses in the place of the real. */
function podEnvironment(
  values: ChartValues,
  sandbox: Sandbox,
  folder: TemporaryFolder,
): Record<string, string> {
  return {
    ...machineTime(),
    ...renderEnvironment(values),
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__INTEGRATION__CONFIG__API_URL: sandbox.pagerDutyUrl,
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
    PAGERPORT_STATE_DIR: folder.file("state"),
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
}

/** Runs what the image runs, to its end. */
async function runPod(env: Record<string, string>, cwd: string): Promise<number> {
  const child = Bun.spawn([...entry, "serve"], { cwd, env, stdout: "ignore", stderr: "ignore" });
  return child.exited;
}

test("the values name nothing that the chart does not document", () => {
  for (const values of [claim, database, cronJob]) expect(findUnknownKeys(values)).toEqual([]);
  expect(findUnknownKeys({ integration: { identifer: "x" }, imageregistry: "y" })).toEqual([
    "integration.identifer",
    "imageregistry",
  ]);
});

test("the image alone changes for whoever runs Ocean's", () => {
  expect(renderImage(oceans)).toBe("ghcr.io/port-labs/port-ocean-pagerduty:latest");
  expect(renderImage({ ...oceans, imageRegistry, image })).toBe(
    "registry.example.com/pagerport:0.1.0",
  );
});

test.each([
  ["Ocean's own values with our image", { ...oceans, imageRegistry, image }],
  // With no listener named, the chart says KAFKA.
  [
    "helm-values.yaml without a listener",
    { ...claim, integration: { ...claim.integration, eventListener: undefined } },
  ],
] as const)("a server starts with what the chart makes of %s", async (_, values) => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const { OCEAN__BASE_URL: _url, ...env } = podEnvironment(values, sandbox, folder);
  const secret = { OCEAN__INTEGRATION__CONFIG__WEBHOOK_SECRET: "hush" };
  const server = await startServer({
    cwd: folder.path,
    env: { ...env, ...secret },
    command: entry,
  });
  await server.waitFor(/^Resync ended/);
  for (const path of ["/health/live", "/health/ready"]) {
    expect((await fetch(`${server.url}${path}`)).status).toBe(200);
  }
  expect(sandbox.port.entities("pagerdutyService")).toHaveLength(5);
  const [incident] = sandbox.port.entities("pagerdutyIncident");
  const { integration: { identifier = "" } = {} }: ChartValues = values;
  expect(incident?.datasource).toContain(`/${identifier}/`);
  const body = '{"event":{"id":"1","event_type":"pagey.ping","data":{}}}';
  const response = await fetch(`${server.url}/integration/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, "hush"),
    },
    body,
  });
  expect(response.status).toBe(202);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});

test("a CronJob runs once, and ends with the code of its run", async () => {
  const values = mergeValues(claim, cronJob);
  const rendered = renderEnvironment(values);
  expect(rendered["OCEAN__EVENT_LISTENER"]).toBe('{"type":"ONCE"}');
  expect(rendered["OCEAN__SCHEDULED_RESYNC_INTERVAL"]).toBeUndefined();
  await using sandbox = await startSandbox({ ...small, refused: { schedules: 403 } });
  using folder = new TemporaryFolder();
  const env = podEnvironment(values, sandbox, folder);
  expect(await runPod(env, folder.path)).toBe(3);
  expect(sandbox.port.entities("pagerdutyService")).toHaveLength(5);
  if (!isLong) return;
  const wrong = { ...env, OCEAN__INTEGRATION__CONFIG__TOKEN: "wrong" };
  expect(await runPod(wrong, folder.path)).toBe(4);
  await using whole = await startSandbox(small);
  expect(await runPod(podEnvironment(values, whole, folder), folder.path)).toBe(0);
});

test("PostgreSQL takes the place of the claim, and the claim is one that there is", () => {
  const { extraEnv, extraVolumes, extraVolumeMounts } = mergeValues(claim, database);
  expect(extraEnv).toEqual([
    {
      name: "PAGERPORT_DATABASE_URL",
      valueFrom: { secretKeyRef: { name: "pagerport-database", key: "url" } },
    },
  ] as never);
  expect([extraVolumes, extraVolumeMounts]).toEqual([[], []]);
  const manifest = parseDeployFile("state-claim.yaml") as {
    kind: string;
    metadata: { name: string };
  };
  expect(claim["extraVolumes"]).toEqual([
    { name: "pagerport-state", persistentVolumeClaim: { claimName: manifest.metadata.name } },
  ]);
  // Where Ocean's variables make the state directory be.
  expect(claim["extraVolumeMounts"]).toEqual([
    { name: "pagerport-state", mountPath: "/tmp/ocean/pagerport" },
  ]);
});

test("the ArgoCD application installs that chart with those values", () => {
  const { kind, spec } = parseDeployFile("argocd-application.yaml") as {
    kind: string;
    spec: { sources: { chart?: string; helm?: { valueFiles: string[] }; ref?: string }[] };
  };
  const [chart, values] = spec.sources;
  expect([kind, chart?.chart, values?.ref]).toEqual(["Application", "port-ocean", "values"]);
  for (const file of chart?.helm?.valueFiles ?? []) {
    expect(parseDeployFile(file.replace("$values/deploy/", ""))).toEqual(claim);
  }
});
