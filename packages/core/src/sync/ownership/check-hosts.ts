import { ConfigError } from "../../errors.ts";
import type { Mapping } from "../../map/mapping.ts";
import type { Organization } from "../../sink/port/organization.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import type { PinMemory, Pins } from "../../store/pins/pins.ts";
import type { Sql } from "../../store/sql.ts";
import { type AccountSettingNames, checkAccount, describeAccount } from "./check-account.ts";
import {
  checkOrganization,
  describeOrganization,
  type OrganizationSettingNames,
} from "./check-organization.ts";
import type { Account } from "./read-account.ts";

/** What a person says that the hosts are. */
export interface ExpectedHosts {
  /** Name of the PagerDuty account, the first label of its web address. */
  readonly account?: string | undefined;
  /** Id of the organisation in Port. */
  readonly portOrg?: string | undefined;
}

/** What the user calls the settings, for errors. */
export type HostSettingNames = AccountSettingNames & OrganizationSettingNames;

/** The names in the environment. */
export const environmentHostNames: HostSettingNames = {
  token: "PD_TOKEN",
  apiUrl: "PD_API_URL",
  clientId: "PORT_CLIENT_ID",
  baseUrl: "PORT_BASE_URL",
  expectAccount: "PAGERPORT_EXPECT_ACCOUNT",
  expectPortOrg: "PAGERPORT_EXPECT_PORT_ORG",
  acceptAccount: "pagerport sync --new-account",
  acceptPortOrg: "pagerport sync --new-account",
};

export interface CheckHostsOptions {
  /** Undefined where only Port is talked to. */
  readonly pagerDuty?: PagerDutyClient | undefined;
  /** Undefined where only PagerDuty is talked to. */
  readonly port?: PortClient | undefined;
  readonly pins: PinMemory;
  readonly expected: ExpectedHosts;
  /** Accounts and organisations that are accepted in the place of what is remembered, for once. */
  readonly accepted?: readonly string[] | undefined;
  readonly integrationIdentifier: string;
  /** The store, where there is one. */
  readonly sql?: Sql | undefined;
  /** What a run would go by. */
  readonly mapping?: Pick<Mapping, "resources"> | undefined;
  /** @default those of the environment */
  readonly names?: HostSettingNames | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Hosts that are the integration's own. */
export interface CheckedHosts {
  /** Undefined where no object of PagerDuty's tells it, or PagerDuty was not asked. */
  readonly account: Account | undefined;
  /** Undefined where Port does not tell it, or was not asked. */
  readonly organization: Organization | undefined;
  /** What a person should know, in sentences without a full stop. */
  readonly warnings: readonly string[];
  /**
   * Remembers both, where nothing else is expected: to be called when they have served. What another process
   * has come to remember since the look stays: a person may have told it to.
   */
  remember(): Promise<void>;
  /** Whether what is remembered is still what it was at the look: if not, it is time for another. */
  isCurrent?(): Promise<boolean>;
}

/**
 * Makes sure that the hosts are the ones that an integration belongs to, before anything is written.
 *
 * @throws {ForeignHostError} where one is another's
 * @throws {ConfigError} where neither is called what was accepted
 * @throws {HttpError} {@link NetworkError} when a host refuses the credentials or cannot be reached
 */
export async function checkHosts(options: CheckHostsOptions): Promise<CheckedHosts> {
  const { pagerDuty, port, pins, expected, accepted = [], names = environmentHostNames } = options;
  const remembered = await pins.read();
  const [checkedAccount, checkedOrganization] = await Promise.all([
    pagerDuty &&
      checkAccount({
        ...options,
        client: pagerDuty,
        expected: expected.account,
        remembered: remembered.account,
        isMoved: remembered.isMoved,
        accepted,
        names,
      }),
    port &&
      checkOrganization({
        ...options,
        port,
        expected: expected.portOrg,
        remembered: remembered.portOrg,
        accepted,
        names,
      }),
  ]);
  const hosts = {
    account: checkedAccount?.account,
    organization: checkedOrganization?.organization,
  };
  checkAccepted(accepted, hosts);
  await pins.note?.({ account: hosts.account?.host, portOrg: hosts.organization?.id });
  const found: Pins = { account: hosts.account?.host, portOrg: hosts.organization?.id };
  let latest = await pins.read();
  return {
    ...hosts,
    warnings: [...(checkedAccount?.warnings ?? []), ...(checkedOrganization?.warnings ?? [])],
    async remember() {
      const now = await pins.read();
      const choose = (name: "account" | "portOrg"): string | undefined => {
        if (expected[name] !== undefined) return undefined;
        const isOurs = now[name] === remembered[name] || now[name] === found[name];
        return isOurs ? found[name] : undefined;
      };
      await pins.keep({ account: choose("account"), portOrg: choose("portOrg") });
      if (now.account === latest.account && now.portOrg === latest.portOrg) {
        latest = await pins.read();
      }
    },
    async isCurrent() {
      const now = await pins.read();
      return now.account === latest.account && now.portOrg === latest.portOrg;
    },
  };
}

/** Both hosts in one line; empty where neither tells whose it is. */
export function describeHosts({
  account,
  organization,
}: Pick<CheckedHosts, "account" | "organization">): string {
  return [
    account && `PagerDuty account ${describeAccount(account)}`,
    organization && `Port organisation ${describeOrganization(organization)}`,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

/** A name that was meant for something else would otherwise be taken for a yes to nothing. */
function checkAccepted(
  accepted: readonly string[],
  { account, organization }: Pick<CheckedHosts, "account" | "organization">,
): void {
  // As the checks themselves compare: hosts know no capitals, Port's ids do.
  const known = new Set([account?.name, account?.host, organization?.id, organization?.name]);
  const wrong = accepted.find((name) => !known.has(name) && !known.has(name.trim().toLowerCase()));
  if (wrong === undefined) return;
  const are = describeHosts({ account, organization });
  throw new ConfigError(
    `--new-account ${wrong}: the credentials are not of ${wrong}, but of ${are === "" ? "an account that does not tell its name" : are}. Nothing was written.`,
    { setting: "--new-account" },
  );
}
