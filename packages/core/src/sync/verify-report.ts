/** Finished, but not everything is as it should be. */
const exitCodeOfDrift = 3;

/** One field that Port has otherwise than PagerDuty says. */
export interface ChangedField {
  /** `title`, `properties.status`, `relations.service` */
  readonly field: string;
  /** As JSON, shortened. */
  readonly port: string;
  /** As JSON, shortened; what the mapping makes of PagerDuty's object. */
  readonly pagerDuty: string;
}

export interface VerifiedName {
  readonly blueprint: string;
  readonly identifier: string;
}

export interface ChangedEntity extends VerifiedName {
  readonly fields: readonly ChangedField[];
}

/** How Port's entities of one blueprint compare with what the mapping makes of PagerDuty. */
export interface VerifiedBlueprint {
  readonly blueprint: string;
  /** Entities that the mapping makes. */
  readonly produced: number;
  /** Entities that the integration owns in Port. */
  readonly owned: number;
  /** Those compared field by field. */
  readonly compared: number;
  readonly changed: number;
  /** Made by the mapping, and not in Port. */
  readonly missing: number;
  /** In Port, and made by nothing. */
  readonly extra: number;
  /** Incidents outside of the window that was read, which stay in Port. */
  readonly aged: number;
  /** Written while this was looked at: another time will tell. */
  readonly recent: number;
  /** Made by nothing, and kept because something relates to them. */
  readonly needed: number;
  /** Whether anything makes them cannot be told; `reason` says why. */
  readonly unknown: number;
  readonly reason: string;
  /** Of a blueprint that no resource of the mapping feeds; they are not looked at. */
  readonly unfed: number;
}

/** What comparing Port's catalog with PagerDuty came to. */
export interface VerifyReport {
  /** By name. */
  readonly blueprints: readonly VerifiedBlueprint[];
  /** The first of them of each sort; all are counted in `blueprints`. */
  readonly changed: readonly ChangedEntity[];
  readonly missing: readonly VerifiedName[];
  readonly extra: readonly VerifiedName[];
  /** Resources of the mapping that were not read to their end. */
  readonly incomplete: readonly { readonly resource: string; readonly reason: string }[];
  /** What single objects or fields could not do. */
  readonly problems: number;
}

/** Whether Port's catalog is other than it should be, or that could not be told of all of it. */
export function hasDrift({ blueprints, incomplete }: VerifyReport): boolean {
  return (
    incomplete.length > 0 ||
    blueprints.some(
      ({ changed, missing, extra, unknown }) => changed + missing + extra + unknown > 0,
    )
  );
}

/** What a command that verifies exits with: 0 where all is as it should be. */
export function exitCodeOfVerify(report: VerifyReport): number {
  return hasDrift(report) ? exitCodeOfDrift : 0;
}
