import { ForeignHostError } from "../../errors.ts";
import { type Organization, readOrganization } from "../../sink/port/organization.ts";
import type { PortClient } from "../../sink/port/port-client.ts";

export interface CheckOrganizationOptions {
  readonly port: PortClient;
  readonly integrationIdentifier: string;
  /** What a person says: the id of the organisation. */
  readonly expected: string | undefined;
  /** Id that is remembered. */
  readonly remembered: string | undefined;
  /** Ids or names that a person accepts in the place of what is remembered, for once. */
  readonly accepted: readonly string[];
  readonly names: OrganizationSettingNames;
  /** They take the place of others while work goes on: what nobody can tell is then another's. @default false */
  readonly isChange?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the user calls the settings. */
export interface OrganizationSettingNames {
  readonly clientId: string;
  readonly baseUrl: string;
  readonly expectPortOrg: string;
  /** What lets an integration go over to another organisation, to be followed by its id. */
  readonly acceptPortOrg: string;
}

/** Whose credentials they are, and what a person should know of that. */
export interface CheckedOrganization {
  /** Undefined where Port does not tell it. */
  readonly organization: Organization | undefined;
  readonly warnings: readonly string[];
}

/**
 * Makes sure that credentials are of the organisation in Port that the integration belongs to. One without
 * a pin is taken as it is: its entities are nowhere else.
 *
 * @throws {ForeignHostError} where they are of another
 * @throws {HttpError} {@link NetworkError} when Port refuses the credentials or cannot be reached
 */
export async function checkOrganization(
  options: CheckOrganizationOptions,
): Promise<CheckedOrganization> {
  const { port, integrationIdentifier, expected, remembered, accepted, names, signal } = options;
  const organization = await readOrganization(port, signal);
  if (organization === undefined) {
    if (expected !== undefined) {
      throw new ForeignHostError(
        `Port does not tell ${names.clientId} whose it is (GET /v1/organization), and ${names.expectPortOrg} expects ${expected}. Nothing was written. Use credentials that may read the organisation, or leave ${names.expectPortOrg} unset.`,
        { setting: names.expectPortOrg },
      );
    }
    if (options.isChange === true) throw cannotTell(options);
    const warnings =
      remembered === undefined
        ? []
        : [
            `Port does not tell ${names.clientId} whose it is (GET /v1/organization), so that it could not be compared with ${remembered}, to which the integration belongs`,
          ];
    return { organization, warnings };
  }
  const { id, name } = organization;
  const found = { organization, warnings: [] };
  if (expected !== undefined) {
    if (expected === id) return found;
    throw new ForeignHostError(
      `${names.clientId} is of the Port organisation ${describeOrganization(organization)}, and ${names.expectPortOrg} expects ${expected}. Nothing was written. Look at ${names.clientId}, ${names.baseUrl} and ${names.expectPortOrg}.`,
      { setting: names.expectPortOrg },
    );
  }
  const isAccepted = accepted.some((one) => one === id || one === name);
  if (remembered === id || isAccepted) return found;
  if (remembered === undefined && options.isChange !== true) return found;
  if (remembered === undefined) throw cannotTell(options);
  throw new ForeignHostError(
    `${names.clientId} is of the Port organisation ${describeOrganization(organization)}, and integration ${integrationIdentifier} belongs to ${remembered}. Nothing was written. Look at ${names.clientId} and ${names.baseUrl}. Where the integration is to go over to that organisation: ${names.acceptPortOrg} ${id}.`,
    { setting: names.clientId },
  );
}

function cannotTell({ names }: CheckOrganizationOptions): ForeignHostError {
  return new ForeignHostError(
    `${names.clientId} was replaced while pagerport works, and nothing tells that the new credentials are of the same organisation in Port as those before. Nothing is written with them. If they are, begin anew (restart the server); else put back the credentials of that organisation.`,
    { setting: names.clientId },
  );
}

/** `Sandbox (org_sandbox)`, or the id alone where it has no other name. */
export function describeOrganization({ id, name }: Organization): string {
  return name === id ? id : `${name} (${id})`;
}
