/**
 * What Port's chart `port-ocean` (0.21.0) documents, as far as it concerns a container: its keys, and which
 * environment it makes of them. {@link https://github.com/port-labs/helm-charts/tree/main/charts/port-ocean}
 */

/** Values of the chart. */
export interface ChartValues {
  readonly imageRegistry?: string;
  readonly image?: string;
  readonly port?: { readonly baseUrl?: string };
  readonly initializePortResources?: boolean;
  readonly scheduledResyncInterval?: number | string | null;
  readonly integration?: {
    readonly identifier?: string;
    readonly type?: string;
    readonly version?: string;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly eventListener?: Readonly<Record<string, unknown>>;
  };
  readonly liveEvents?: { readonly baseUrl?: string };
  readonly workload?: { readonly kind?: "Deployment" | "CronJob" };
  readonly extraEnv?: readonly { readonly name: string; readonly value?: string }[];
  readonly [key: string]: unknown;
}

/** Documented keys; `*` = whatever is in it is the user's own. */
const documented = [
  "nameOverride",
  "fullnameOverride",
  "port.clientId",
  "port.clientSecret",
  "port.baseUrl",
  "processingMode",
  "lakehouseEnabled",
  "initializePortResources",
  "scheduledResyncInterval",
  "scheduleConcurrencyPolicy",
  "allowEnvironmentVariablesJqAccess",
  "sendRawDataExamples",
  "clientTimeout",
  "terminationGracePeriodSeconds",
  "podAnnotations.*",
  "podServiceAccount.name",
  "podSecurityContext.*",
  "containerSecurityContext.*",
  "extraEnv.*",
  "extraInitContainers.*",
  "extraLabels.*",
  "extraVolumes.*",
  "extraVolumeMounts.*",
  "workload.kind",
  "workload.deployment.rolloutStrategy",
  "workload.cron.resyncTimeoutMinutes",
  "workload.cron.resyncOnInstall",
  "workload.cron.resyncOnUpgrade",
  "workload.cron.suspend",
  "resources.*",
  "nodeSelector.*",
  "tolerations.*",
  "affinity.*",
  "imageRegistry",
  "image",
  "imagePullPolicy",
  "imagePullSecrets.*",
  "secret.name",
  "secret.create",
  "secret.useExistingSecret",
  "service.enabled",
  "service.type",
  "service.port",
  "service.portName",
  "service.annotations.*",
  "ingress.enabled",
  "ingress.className",
  "ingress.annotations.*",
  "ingress.host",
  "ingress.path",
  "ingress.pathType",
  "ingress.tls.*",
  "integration.identifier",
  "integration.version",
  "integration.type",
  "integration.config.*",
  "integration.secrets.*",
  "integration.extraConfig.*",
  "integration.eventListener.*",
  "livenessProbe.*",
  "readinessProbe.*",
  "selfSignedCertificate.*",
  "liveEvents.baseUrl",
  "liveEvents.worker.*",
  "postgresql.*",
];

/** Keys in values that the chart does not document. */
export function findUnknownKeys(values: object, path = ""): string[] {
  return Object.entries(values).flatMap(([key, value]): string[] => {
    const name = `${path}${key}`;
    if (documented.includes(name) || documented.includes(`${name}.*`)) return [];
    const isGroup = documented.some((known) => known.startsWith(`${name}.`));
    return isGroup && isPlain(value) ? findUnknownKeys(value, `${name}.`) : [name];
  });
}

/** Values with others over them, as `helm --values a --values b` joins them: lists are replaced. */
export function mergeValues(below: ChartValues, above: ChartValues): ChartValues {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = below[key];
    merged[key] = isPlain(value) && isPlain(old) ? mergeValues(old, value) : value;
  }
  return merged;
}

/** The image of the pod. */
export function renderImage({ imageRegistry, image, integration = {} }: ChartValues): string {
  const { type = "", version = "latest" } = integration;
  const registry = imageRegistry ?? "ghcr.io/port-labs";
  return `${registry}/${image ?? `port-ocean-${type}:${version}`}`;
}

/** The environment of the container, without what comes from secrets. Its type is never part of it. */
export function renderEnvironment(values: ChartValues): Record<string, string> {
  const { integration = {}, liveEvents = {}, workload = {}, extraEnv = [] } = values;
  const isCronJob = workload.kind === "CronJob";
  const listener = isCronJob
    ? { type: "ONCE" }
    : (integration.eventListener ?? { type: "KAFKA", brokers: "broker-1:9196,broker-2:9196" });
  const optional: Record<string, unknown> = {
    OCEAN__INTEGRATION__IDENTIFIER: integration.identifier ?? "default-identifier",
    OCEAN__SCHEDULED_RESYNC_INTERVAL: isCronJob ? undefined : values.scheduledResyncInterval,
    OCEAN__BASE_URL: isCronJob ? undefined : liveEvents.baseUrl,
    ...Object.fromEntries(
      Object.entries(integration.config ?? {}).map(([key, value]) => [
        `OCEAN__INTEGRATION__CONFIG__${toSnakeUpper(key)}`,
        value,
      ]),
    ),
    ...Object.fromEntries(extraEnv.map(({ name, value }) => [name, value])),
  };
  const set = Object.entries(optional).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  return {
    OCEAN__PORT__BASE_URL: values.port?.baseUrl ?? "https://api.getport.io",
    OCEAN__INITIALIZE_PORT_RESOURCES: String(values.initializePortResources ?? true),
    OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS: "true",
    OCEAN__SEND_RAW_DATA_EXAMPLES: "true",
    OCEAN__EVENT_LISTENER: JSON.stringify(listener),
    OCEAN__LAKEHOUSE_ENABLED: "true",
    OCEAN__PROCESSING_MODE: "dsp",
    OCEAN__STREAMING__ENABLED: "false",
    OCEAN__ACTIONS_PROCESSOR__ENABLED: "false",
    OCEAN__PROCESS_EXECUTION_MODE: "single_process",
    OCEAN__LIVE_EVENTS__IS_REDIS_STREAM_CONSUMER_ENABLED: "false",
    ...Object.fromEntries(set.map(([name, value]) => [name, asText(value)])),
  };
}

function toSnakeUpper(key: string): string {
  return key.replaceAll(/(?<=[a-z0-9])([A-Z])/g, "_$1").toUpperCase();
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
