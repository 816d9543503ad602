import type { Clock } from "../../clock.ts";
import { ConfigError } from "../../errors.ts";
import { readIntegration } from "../../sink/port/integration.ts";
import type { PortClient } from "../../sink/port/port-client.ts";

/** Readings before Port is taken to be making nothing: five minutes in all. */
const mostReadings = 30;

/** Milliseconds between readings: Ocean's first figure, and no more than ours, so that none waits for hours. */
const firstPause = 3000;
const longestPause = 10_000;
const pauseGrowth = 1.55;

/**
 * Waits until Port has made the mapping of an integration that it was asked to provide.
 *
 * @throws {ConfigError} when it has not after five minutes
 */
export async function waitForPort(options: {
  readonly port: PortClient;
  readonly clock: Clock;
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { port, clock, integrationIdentifier, signal } = options;
  let pause = firstPause;
  for (let reading = 0; reading < mostReadings; reading += 1) {
    const integration = await readIntegration(port, { integrationIdentifier, signal });
    if (integration?.config !== undefined) return;
    await clock.sleep(pause, signal);
    pause = Math.min(longestPause, pause * pauseGrowth);
  }
  throw new ConfigError(
    `Port has made no mapping for the integration ${integrationIdentifier}, although it was asked to (createPortResourcesOrigin is Port). Let pagerport make it: set the origin to Default, or save a mapping in Port.`,
  );
}
