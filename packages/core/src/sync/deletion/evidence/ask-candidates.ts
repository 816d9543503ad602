import type { Mapping } from "../../../map/mapping.ts";
import type { KindName } from "../../../source/kinds.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import type { Absence } from "../../../store/deletion/absences.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { EntityRef } from "../../../store/produced.ts";
import { readKind, readObjectId, readPlace } from "../../object-key.ts";
import { askById, type ByIdAnswer, isDown } from "./ask-by-id.ts";
import { askOncall, type OncallAnswer } from "./ask-oncall.ts";
import { type Candidate, canTellById } from "./gather-knowledge.ts";
import { betweenReadings } from "./judge-evidence.ts";
import type { RunSightings } from "./run-sightings.ts";

/** Objects asked for by id in a run, at least; or a share of the run's requests. */
const fewestAsked = 200;
const shareAsked = 0.05;
/** Objects asked for at the same time; the rate limit decides on the pace. */
const mostAtOnce = 16;

export interface AskCandidatesOptions {
  readonly client: PagerDutyClient;
  readonly mapping: Pick<Mapping, "resources">;
  readonly candidates: readonly {
    readonly candidate: Candidate;
    readonly absence: Absence | undefined;
    /** A person allowed its deletion: it is asked for, however many there are. */
    readonly isAllowed: boolean;
  }[];
  readonly sightings: RunSightings;
  /** Whether Port had an entity when the run began. @default none */
  readonly isKnown?: ((ref: EntityRef) => boolean) | undefined;
  /** PagerDuty's time. */
  readonly now: number;
  /** Requests of the run so far. */
  readonly requests: number;
  /** Only those that answered 404 before, or that PagerDuty named: a run that read no list whole. */
  readonly confirmsOnly: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface CandidatesAsked {
  readonly answers: ReadonlyMap<ObjectKey, ByIdAnswer>;
  /** See `Seen.oncalls`. */
  readonly oncalls: ReadonlyMap<ObjectKey, OncallAnswer>;
}

interface Question {
  readonly name: string;
  readonly absence: Absence | undefined;
  readonly isAllowed: boolean;
  ask(): Promise<void>;
  /** PagerDuty answers others and not this one: it counts as asked, so that its turn is over. */
  skip(): void;
}

/**
 * Asks for the objects of candidates that no list showed: first those that answered 404 once, then those
 * that were asked longest ago. Where PagerDuty answers none of several, it is down, and the others are left
 * to the next run; one that it alone does not answer stands in nobody's way.
 *
 * @throws {HttpError} 401
 */
export async function askCandidates(options: AskCandidatesOptions): Promise<CandidatesAsked> {
  const { requests, signal } = options;
  const answers = new Map<ObjectKey, ByIdAnswer>();
  const oncalls = new Map<ObjectKey, OncallAnswer>();
  const questions = listQuestions(options, answers, oncalls);
  const most = Math.max(fewestAsked, Math.floor(requests * shareAsked));
  const sorted = questions.toSorted(byUrgency);
  const asked = [
    ...sorted.filter(({ isAllowed }) => isAllowed),
    ...sorted.filter(({ isAllowed }) => !isAllowed).slice(0, most),
  ];
  for (let start = 0; start < asked.length; start += mostAtOnce) {
    signal?.throwIfAborted();
    const part = asked.slice(start, start + mostAtOnce);
    const results = await Promise.allSettled(part.map((question) => question.ask()));
    signal?.throwIfAborted();
    const failed = results.filter((result) => result.status === "rejected");
    const fault = failed.find(({ reason }) => !isDown(reason));
    if (fault !== undefined) throw fault.reason;
    if (failed.length === part.length) break;
    const unanswered = part.filter((_, at) => results[at]?.status === "rejected");
    for (const question of unanswered) question.skip();
  }
  return { answers, oncalls };
}

function listQuestions(
  options: AskCandidatesOptions,
  answers: Map<ObjectKey, ByIdAnswer>,
  oncalls: Map<ObjectKey, OncallAnswer>,
): Question[] {
  const { client, mapping, candidates, sightings, now, confirmsOnly, signal } = options;
  const policies = new Map<string, Promise<ByIdAnswer>>();
  const isPolicyThere = (id: string): Promise<ByIdAnswer> => {
    const asked = policies.get(id) ?? askById(client, "escalation_policies", id, signal);
    policies.set(id, asked);
    return asked;
  };
  const { isKnown = () => false } = options;
  const wasThere = (object: ObjectKey): boolean =>
    sightings.find(object)?.made.some(isKnown) === true;
  const questions = new Map<string, Question>();
  for (const { candidate, absence, isAllowed } of candidates) {
    if (confirmsOnly && !isConfirmable(absence, now)) continue;
    for (const object of candidate.objects) {
      const kind = readKind(object);
      if (kind === undefined || kind === "incidents" || sightings.has(object)) continue;
      const row = candidate.rows.find((one) => one.object === object);
      const place = row?.place;
      if (canTellById(kind, mapping)) {
        const ask = async (): Promise<void> => {
          answers.set(object, await askById(client, kind, readObjectId(object), signal));
        };
        const skip = (): void => void answers.set(object, "unanswered");
        questions.set(object, { name: object, absence, isAllowed, ask, skip });
      } else if (place !== undefined && readPlace(place).policy !== null) {
        const ask = async (): Promise<void> => {
          const oncall = { object, place, endsAt: row?.endsAt };
          const answer = await askOncall(oncall, isPolicyThere, { ...options, wasThere });
          oncalls.set(object, answer);
          if (answer === "gone") answers.set(object, answer);
        };
        const skip = (): void => void oncalls.set(object, "unanswered");
        questions.set(object, { name: object, absence, isAllowed, ask, skip });
      }
    }
  }
  return [...questions.values()];
}

/** Whether a reading by id alone would be the second that says the same. */
function isConfirmable(absence: Absence | undefined, now: number): boolean {
  if (absence?.namedAt !== undefined) return true;
  return absence?.goneAt !== undefined && now - absence.goneAt >= betweenReadings;
}

function byUrgency(one: Question, other: Question): number {
  const rank = ({ absence }: Question): readonly [number, number] =>
    absence?.goneAt === undefined ? [1, absence?.askedAt ?? -Infinity] : [0, absence.goneAt];
  const [first, second] = [rank(one), rank(other)];
  if (first[0] !== second[0]) return first[0] - second[0];
  return first[1] === second[1] ? 0 : first[1] - second[1];
}

/** Kinds whose objects answered 404. */
export function listGoneKinds(answers: ReadonlyMap<ObjectKey, ByIdAnswer>): Set<KindName> {
  const kinds = [...answers].flatMap(([key, answer]) =>
    answer === "gone" ? (readKind(key) ?? []) : [],
  );
  return new Set(kinds);
}
