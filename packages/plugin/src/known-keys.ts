import type { Config } from "@backstage/config";
import { ConfigError, findNearestName } from "@pagerport/core";
import { readBlock } from "./read-value.ts";

/** Every key below `pagerport`, with those that it holds. Null = a value, or somebody else's to check. */
const knownKeys: Readonly<Record<string, readonly string[] | null>> = {
  pagerduty: ["token", "webhookToken", "apiUrl", "webhookSecrets"],
  port: ["clientId", "clientSecret", "baseUrl"],
  webhook: ["publicUrl", "manage"],
  schedule: null,
  integrationIdentifier: null,
  expectAccount: null,
  expectPortOrg: null,
  mapping: null,
  mappingFile: null,
  initializePortResources: null,
  writes: null,
  takeOver: null,
  leaveTo: null,
  agedIncidents: null,
  deletionThreshold: null,
  keepDays: null,
  keepRotatingDays: null,
  journalLimit: null,
  fullResyncInterval: null,
  verifyInterval: null,
  verifySample: null,
  allowActions: null,
};

/**
 * Refuses keys that mean nothing: what was spelled wrong would otherwise just not happen.
 *
 * @throws {ConfigError} naming all of them
 */
export function checkKeys(config: Config): void {
  const problems = [
    ...findUnknown(config, "pagerport", Object.keys(knownKeys)),
    ...Object.entries(knownKeys).flatMap(([key, known]) =>
      known === null ? [] : findUnknown(config, `pagerport.${key}`, known),
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
}

function findUnknown(config: Config, place: string, known: readonly string[]): string[] {
  const keys = readBlock(config, place)?.keys() ?? [];
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => {
      const nearest = findNearestName(key, known);
      const hint = nearest === undefined ? `known are ${known.join(", ")}` : `is it ${nearest}?`;
      return `${place}.${key} is not a key of pagerport's: ${hint}`;
    });
}
