import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { KindName } from "../../../source/kinds.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import { type Absence, noAbsence } from "../../../store/deletion/absences.ts";
import { readGone, readTeams } from "../../../store/deletion/object-teams.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { Sql } from "../../../store/sql.ts";
import { readKind, readObjectId, readPlace } from "../../object-key.ts";
import { askById, type ByIdAnswer, isDown } from "./ask-by-id.ts";
import { listGoneKinds } from "./ask-candidates.ts";
import { readControl } from "./control-reading.ts";
import { findVanishedTeams, suspectTeam } from "./find-lost-teams.ts";
import type { Candidate, Seen } from "./gather-knowledge.ts";
import { readAudit } from "./read-audit.ts";

/** Audit records of shortly before a run count too: lists and records do not change at once. Milliseconds. */
const auditMargin = 3_600_000;

export interface FindSuspicionsOptions {
  readonly client: PagerDutyClient;
  readonly sql: Sql;
  readonly isFull: boolean;
  readonly candidates: readonly Candidate[];
  /** Those of blueprints of which a settled run is known: only there signs count. */
  readonly remembered: readonly Candidate[];
  readonly absences: ReadonlyMap<string, Absence>;
  readonly seen: Seen;
  /** PagerDuty's time of this run, and of the settled one that is longest ago. */
  readonly now: number;
  readonly since: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is suspicious about candidates; empty texts where nothing is. */
export interface Suspicions {
  suspectTeam(candidate: Candidate): string;
  suspectControl(candidate: Candidate): string;
  /** What is known of its absence, this run's reading not counted; PagerDuty's audit records are. */
  find(candidate: Candidate): Absence;
  /** What is known of all of them after this run. */
  readonly absences: readonly Absence[];
}

/** Asks what decides whether a 404 means that something is gone: a control reading, records, teams. */
export async function findSuspicions(options: FindSuspicionsOptions): Promise<Suspicions> {
  const { candidates, seen } = options;
  const controls = new Map<KindName, string>();
  for (const gone of listGoneKinds(seen.answers)) {
    // An on-call's 404 is its policy's.
    const kind = gone === "oncalls" ? "escalation_policies" : gone;
    const { client, signal } = options;
    const listed = (one: KindName): readonly string[] => seen.sightings.samplesOf(one);
    controls.set(kind, await readControl({ client, kind, listed, signal }));
  }
  // Where it fails for one kind, no 404 of this run says anything.
  const broken = [...controls.values()].find((reason) => reason !== "") ?? "";
  const recorded = broken === "" ? await readRecorded(options) : new Set<ObjectKey>();
  const before = new Map(
    candidates.map((candidate) => {
      const known = options.absences.get(nameOf(candidate)) ?? noAbsence(candidate);
      const unseen = candidate.objects.filter((object) => !seen.sightings.has(object));
      const isRecorded = unseen.length > 0 && unseen.every((object) => recorded.has(object));
      return [nameOf(candidate), isRecorded ? { ...known, namedAt: options.now } : known];
    }),
  );
  const find = (candidate: Candidate): Absence =>
    before.get(nameOf(candidate)) ?? noAbsence(candidate);
  const suspectControl = ({ objects }: Candidate): string =>
    objects.some((object) => seen.answers.get(object) === "gone") ? broken : "";
  const teams = await suspectTeams(options, find);
  return {
    find,
    suspectControl,
    suspectTeam: (candidate) => teams.get(nameOf(candidate)) ?? "",
    absences: candidates.flatMap((candidate) =>
      advance(
        candidate,
        find(candidate),
        // A 404 of a team that is not shown is no reading that a second one could confirm.
        suspectControl(candidate) === "" && !teams.has(nameOf(candidate)),
        options,
      ),
    ),
  };
}

/** Objects that answered 404 and that PagerDuty's audit trail says were deleted. */
async function readRecorded({
  client,
  remembered,
  absences,
  seen,
  since,
  now,
  signal,
}: FindSuspicionsOptions): Promise<ReadonlySet<ObjectKey>> {
  const unnamed = remembered
    .filter((candidate) => absences.get(nameOf(candidate))?.namedAt === undefined)
    .flatMap(({ objects }) => objects)
    .filter((object) => seen.answers.get(object) === "gone");
  const recorded = new Set<ObjectKey>();
  for (const [kind, objects] of Map.groupBy(unnamed, readKind)) {
    if (kind === undefined) continue;
    const until = now + auditMargin;
    const ids = await readAudit(client, { kind, since: since - auditMargin, until, signal });
    for (const object of objects) if (ids.has(readObjectId(object))) recorded.add(object);
  }
  return recorded;
}

/** What is suspicious about teams, by the names of the candidates that it concerns. */
async function suspectTeams(
  { client, sql, remembered, seen, now, signal }: FindSuspicionsOptions,
  find: (candidate: Candidate) => Absence,
): Promise<ReadonlyMap<string, string>> {
  const suspected = new Map<string, string>();
  const unseen = remembered.filter(({ objects }) =>
    objects.some((object) => !seen.sightings.has(object)),
  );
  const kinds = new Set(
    unseen.flatMap((candidate) =>
      listOwners(candidate).flatMap((object) => readKind(object) ?? []),
    ),
  );
  if (kinds.size === 0) return suspected;
  const byObject = Map.groupBy(
    unseen.flatMap((candidate) => listOwners(candidate).map((object) => ({ object, candidate }))),
    ({ object }) => object,
  );
  const candidatesOf = (object: ObjectKey): Candidate[] =>
    (byObject.get(object) ?? []).map(({ candidate }) => candidate);
  const deleted = await readGone(sql);
  const isNamed = (object: ObjectKey): boolean =>
    deleted.get(object) ??
    (seen.answers.get(object) === "gone" &&
      candidatesOf(object).some((candidate) => find(candidate).namedAt !== undefined));
  const vanishedAt = (object: ObjectKey): readonly number[] =>
    candidatesOf(object).map((candidate) => find(candidate).unlistedAt ?? now);

  const isThere = new Map<string, boolean>();
  const teams = await readTeams(sql);
  for (const vanished of findVanishedTeams(teams, kinds, (key) => seen.sightings.has(key))) {
    if (!vanished.objects.some((object) => byObject.has(object))) continue;
    const { team, kind, objects } = vanished;
    const answers = isThere.get(team) ?? (await isTeamThere(client, team, signal));
    isThere.set(team, answers);
    const reason = suspectTeam(vanished, answers, isNamed);
    if (reason === "") continue;
    const moments = new Set(objects.flatMap(vanishedAt));
    const own = new Set(objects);
    for (const [object, held] of byObject) {
      const isOfRun = readKind(object) === kind && vanishedAt(object).some((at) => moments.has(at));
      if (!own.has(object) && !isOfRun) continue;
      for (const { candidate } of held) suspected.set(nameOf(candidate), reason);
    }
  }
  return suspected;
}

/** Whether PagerDuty shows a team to this token. */
export async function isTeamThere(
  client: PagerDutyClient,
  team: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return (await askById(client, "teams", team, signal)) === "found";
  } catch (error) {
    if (isDown(error)) return false;
    throw error;
  }
}

/** What is known of an absence after this run; nothing where the object was seen. */
function advance(
  { objects }: Candidate,
  known: Absence,
  isControlled: boolean,
  { seen, now, isFull }: FindSuspicionsOptions,
): Absence[] {
  if (objects.length > 0 && objects.every((object) => seen.sightings.has(object))) return [];
  if (objects.some((object) => object.startsWith("incidents/"))) return [];
  const unseen = objects.filter((object) => !seen.sightings.has(object));
  const answers = unseen.flatMap((object) => seen.answers.get(object) ?? []);
  // Only that it was asked for is known of what PagerDuty says is there.
  if (unseen.length > 0 && answers.filter(saysThere).length === unseen.length) {
    return [{ ...known, unlistedAt: undefined, goneAt: undefined, askedAt: now }];
  }
  // An on-call is missing once PagerDuty, asked for its time, has it no more.
  const asked = unseen.flatMap((object) => seen.oncalls.get(object) ?? []);
  const isMissing = isFull && asked.every((answer) => answer === "left");
  const unlistedAt = asked.includes("there") ? undefined : known.unlistedAt;
  // A first reading is one of all its objects: the next is to say the same of each.
  const isGone =
    isControlled &&
    unseen.length > 0 &&
    unseen.every((object) => seen.answers.get(object) === "gone");
  return [
    {
      ...known,
      unlistedAt: unlistedAt ?? (isMissing ? now : undefined),
      goneAt: isGone ? (known.goneAt ?? now) : known.goneAt,
      askedAt: answers.length > 0 ? now : known.askedAt,
    },
  ];
}

function saysThere(answer: ByIdAnswer): boolean {
  return answer === "forbidden" || answer === "moved";
}

/** Objects whose teams are an entity's: its own, and the policy of an on-call, which has none. */
function listOwners({ objects, rows }: Candidate): ObjectKey[] {
  const policies = rows.flatMap(({ place }) => {
    const policy = place === undefined ? null : readPlace(place).policy;
    return policy === null ? [] : [`escalation_policies/${policy}`];
  });
  return [...new Set([...objects, ...policies])];
}

function nameOf({ blueprint, identifier }: Candidate): string {
  return nameEntity(blueprint, identifier);
}
