import type { KeptEntities } from "../store/runs.ts";
import { judgeSync, type ResourceReport } from "./sync-report.ts";

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
  /** Of incidents outside of the stretch of time that was read: they stay in Port. */
  readonly aged: number;
  /** Written while this was looked at: another time will tell. */
  readonly recent: number;
  /** Made by nothing, and kept because what is made names them. */
  readonly needed: number;
  /** Made by nothing, and not settled: the next runs look again. */
  readonly waiting: number;
  /** Made by nothing, and held back for a person. */
  readonly withheld: number;
  /** Of a blueprint that no resource of the mapping feeds. */
  readonly unfed: number;
}

/** What comparing Port's catalog with PagerDuty came to. */
export interface VerifyReport {
  readonly resources: readonly ResourceReport[];
  /** By name. One that was left out by `kinds` is not among them. */
  readonly blueprints: readonly VerifiedBlueprint[];
  /** The first of them of each sort; all are counted in `blueprints`. */
  readonly changed: readonly ChangedEntity[];
  readonly missing: readonly VerifiedName[];
  readonly extra: readonly VerifiedName[];
  /** What a resync would hold back for a person, and what is not settled, each with the reason. */
  readonly kept: readonly KeptEntities[];
  /** What could not be read, or told for certain, and why: one sentence each. */
  readonly unfinished: readonly string[];
  /** What a person should know all the same. */
  readonly notices: readonly string[];
}

/** What a verification found. */
export type VerifyVerdict =
  | "in-step"
  /** Port has other than PagerDuty. */
  | "drifted"
  /** What could be looked at is in step. */
  | "unfinished"
  /** PagerDuty refused every kind with 402 or 403. */
  | "refused"
  /** No kind could be read, as PagerDuty did not answer or not with success. */
  | "unavailable";

/** Judges a report. */
export function judgeVerify(report: VerifyReport): VerifyVerdict {
  const read = judgeSync(report);
  if (read === "refused" || read === "unavailable") return read;
  const hasDrifted = report.blueprints.some(
    ({ changed, missing, extra }) => changed + missing + extra > 0,
  );
  if (hasDrifted) return "drifted";
  return read === "done" ? "in-step" : "unfinished";
}
