import type { AdmitCredentials } from "../../sink/port/port-client.ts";
import type { AdmitToken } from "../../source/pagerduty-client.ts";
import { checkAccount } from "./check-account.ts";
import { type CheckHostsOptions, environmentHostNames } from "./check-hosts.ts";
import { checkOrganization } from "./check-organization.ts";

/** What is known of an integration's own hosts. */
export type HostAdmissionOptions = Omit<
  CheckHostsOptions,
  "pagerDuty" | "port" | "accepted" | "mapping" | "signal"
>;

/** What looks at credentials that take the place of others while a process runs. */
export interface HostAdmission {
  /** For `connectPagerDuty()`. */
  readonly admitToken: AdmitToken;
  /** For `connectPort()`. */
  readonly admitCredentials: AdmitCredentials;
}

/**
 * Makes what keeps an integration from credentials of another account or organisation that take the place of
 * its own: nothing is read or written with them before. Unlike at the start, what nobody can tell is
 * not taken for the same.
 */
export function createHostAdmission(options: HostAdmissionOptions): HostAdmission {
  const { pins, expected, integrationIdentifier, sql, names = environmentHostNames } = options;
  const shared = { integrationIdentifier, accepted: [], names, isChange: true };
  return {
    async admitToken(client) {
      const { account: remembered, isMoved } = await pins.read();
      const known = { expected: expected.account, remembered, isMoved, sql };
      await checkAccount({ ...shared, ...known, client });
    },
    async admitCredentials(port) {
      const { portOrg: remembered } = await pins.read();
      await checkOrganization({ ...shared, port, expected: expected.portOrg, remembered });
    },
  };
}
