import type { KindName } from "../../../source/kinds.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { TeamsByObject } from "../../../store/deletion/object-teams.ts";
import { isOfKind } from "../../object-key.ts";

/** So many objects of one kind that a team had, all of them gone, are a sign by themselves. */
const fewestOfTeam = 3;

/** What of a team is not listed any more, whenever each vanished. */
export interface VanishedTeam {
  readonly team: string;
  readonly kind: KindName;
  /** All objects of the kind that it had. */
  readonly objects: readonly ObjectKey[];
}

/**
 * Finds teams of which no object of some kind is seen any more.
 *
 * @param teams those of all objects that are known and not deleted
 */
export function findVanishedTeams(
  teams: TeamsByObject,
  kinds: Iterable<KindName>,
  isSeen: (object: ObjectKey) => boolean,
): VanishedTeam[] {
  const vanished: VanishedTeam[] = [];
  for (const kind of kinds) {
    const members = new Map<string, ObjectKey[]>();
    for (const [object, ofObject] of teams) {
      if (!isOfKind(object, kind)) continue;
      for (const team of ofObject) members.set(team, [...(members.get(team) ?? []), object]);
    }
    for (const [team, objects] of members) {
      if (!objects.some(isSeen)) vanished.push({ team, kind, objects });
    }
  }
  return vanished;
}

/**
 * What is suspicious about a team that vanished; empty where nothing is.
 *
 * @param isThere whether `GET /teams/{id}` answers 200
 * @param isNamed whether PagerDuty's event or audit record called an object deleted
 */
export function suspectTeam(
  { team, kind, objects }: VanishedTeam,
  isThere: boolean,
  isNamed: (object: ObjectKey) => boolean,
): string {
  if (isThere && objects.every(isNamed)) return "";
  const had = `all ${objects.length} ${kind} that team ${team} had`;
  if (!isThere) return `${had} are not listed, and PagerDuty does not show the team`;
  return objects.length >= fewestOfTeam ? `${had} are not listed any more` : "";
}
