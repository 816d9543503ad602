/**
 * The sandbox of `bun run bench sync`, in a process of its own: an account whose incidents all lie
 * within the last month, and a Port with our blueprints. Prints what reaches it, as JSON.
 *
 * Arguments: milliseconds that PagerDuty's answers take, and Port's; services and incidents.
 */
import { startSandbox } from "@pagerport/cli/sandbox";
import { type JsonObject, readDefaultFile } from "@pagerport/core";

const day = 86_400_000;

const [pagerDutyMs = 0, portMs = 0, services = 1000, incidents = 10_000] = process.argv
  .slice(2)
  .map(Number);
const sandbox = await startSandbox({
  services,
  incidents,
  schedules: 200,
  users: 300,
  from: Date.now() - 25 * day,
  to: Date.now(),
  latency: pagerDutyMs === 0 ? null : { minMs: pagerDutyMs, maxMs: pagerDutyMs },
  portApi: { latency: portMs === 0 ? null : { minMs: portMs, maxMs: portMs } },
});
const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);

const environment = {
  PD_TOKEN: sandbox.token,
  PD_API_URL: sandbox.pagerDutyUrl,
  PORT_BASE_URL: sandbox.portUrl,
  PORT_CLIENT_ID: sandbox.portClientId,
  PORT_CLIENT_SECRET: sandbox.portClientSecret,
  PAGERPORT_REQUESTS_PER_MINUTE: "0",
};
process.stdout.write(`${JSON.stringify({ environment, controlUrl: sandbox.controlUrl })}\n`);
