/** What some commands need, of each key. */
export interface CommandRights {
  readonly commands: string;
  /** Of `PD_TOKEN`. */
  readonly reading: string;
  /** Of `PD_WEBHOOK_TOKEN`, or of `PD_TOKEN` where that is not set. */
  readonly webhooks: string;
  /** Of `PORT_CLIENT_ID`. */
  readonly port: string;
}

const nothing = "-";
const reads = "read what the mapping names, log entries";
const writes = "read and write entities, blueprints and the integration";

/**
 * Which command needs which right of which key. `PAGERPORT_INITIALIZE_PORT_RESOURCES=false` takes writing of
 * blueprints out of it. Commands that are not named talk to no host.
 */
export const commandRights: readonly CommandRights[] = [
  { commands: "sync, import --to port", reading: reads, webhooks: nothing, port: writes },
  {
    commands: "sync --dry-run, verify",
    reading: reads,
    webhooks: nothing,
    port: "read entities, blueprints and the integration",
  },
  {
    commands: "serve",
    reading: reads,
    webhooks: "read and write webhook subscriptions (with PAGERPORT_BASE_URL)",
    port: writes,
  },
  {
    commands: "import",
    reading: "read services and incidents",
    webhooks: nothing,
    port: "- (PORT_URL)",
  },
  {
    commands: "init",
    reading: nothing,
    webhooks: nothing,
    port: "read and write blueprints and the integration",
  },
  { commands: "restore", reading: nothing, webhooks: nothing, port: "read and write entities" },
  {
    commands: "webhook list",
    reading: nothing,
    webhooks: "read webhook subscriptions",
    port: nothing,
  },
  {
    commands: "webhook create, webhook enable, webhook delete, webhook test",
    reading: nothing,
    webhooks: "read and write webhook subscriptions",
    port: nothing,
  },
  {
    commands: "port-webhook install, port-webhook set-secret",
    reading: nothing,
    webhooks: nothing,
    port: "read and write webhooks and blueprints",
  },
];
