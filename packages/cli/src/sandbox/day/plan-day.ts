import type { CatalogAccess } from "../catalog-access.ts";
import { hash, pick, unit } from "../random.ts";
import { incidentSteps, type IncidentStory } from "./incident-changes.ts";

/** One thing that happens on a day. */
export interface DayStep {
  /** Milliseconds since the day began. */
  readonly at: number;
  readonly happen: () => void;
}

/** What a day is planned from. */
export interface DayPlan {
  readonly pagerduty: CatalogAccess;
  /** Another key is another day. */
  readonly key: number;
  readonly incidents: number;
  readonly services: number;
  /** Of each incident; drawn from three to nine where it is not told. */
  readonly changes: number | undefined;
  readonly milliseconds: number;
}

/** Steps of a group, of which every other incident goes through one from first to last. */
const groupSize = 5;

/** So many of five incidents are resolved in the end. */
const resolvedOfFive = 4;

/** What happened on a day: ids in order of their creation. */
export interface Happened {
  readonly incidents: string[];
  readonly services: string[];
}

/** All that is to happen on a day, in order. What was created is added to `happened` as it happens. */
export function planDay(plan: DayPlan, happened: Happened): DayStep[] {
  // Only what is there when the day begins has incidents: nothing else of the day deletes it.
  const serviceIds = [...plan.pagerduty.allServices()].map(({ id }) => id);
  const steps: DayStep[] = [];
  for (let number = 0; number < plan.incidents; number++) {
    steps.push(...incidentLife(plan, number, serviceIds, happened));
  }
  for (let number = 0; number < plan.services; number++) {
    steps.push(...serviceLife(plan, number, happened));
  }
  return steps
    .map(({ at, happen }) => ({ at: Math.floor(at), happen }))
    .toSorted((left, right) => left.at - right.at);
}

function incidentLife(
  plan: DayPlan,
  number: number,
  serviceIds: readonly string[],
  happened: Happened,
): DayStep[] {
  const { pagerduty, key, milliseconds } = plan;
  const draw = (field: number): number => hash(key, number, field);
  let story: IncidentStory | undefined;
  const create = (): void => {
    const id = pagerduty.createIncident({ serviceId: pick(serviceIds, draw(1)) });
    happened.incidents.push(id);
    story = { id, status: "triggered", asked: [], tasks: [], runs: [], invocations: [] };
  };

  const changes = plan.changes ?? 3 + (draw(2) % 7);
  const isResolved = changes > 0 && draw(3) % 5 < resolvedOfFive;
  const begin = unit(key, number, 4) * milliseconds;
  const share = unit(key, number, 5);
  const lasts = (milliseconds - begin) * share * share;
  const steps: DayStep[] = [{ at: begin, happen: create }];
  for (let change = 1; change <= changes; change++) {
    const at = begin + (lasts * change) / changes;
    const isLast = change === changes;
    const happen = (): void => {
      if (story === undefined) return;
      const hashed = draw(100 + change);
      if (isLast && isResolved && story.status !== "resolved") {
        pagerduty.resolveIncident(story.id);
        return;
      }
      const wanted =
        number % 2 === 0 ? (number / 2) * groupSize + change - 1 : hashed % incidentSteps.length;
      possibleFrom(wanted, story)?.happen(pagerduty, story, hashed >>> 8, serviceIds);
    };
    steps.push({ at, happen });
  }
  return steps;
}

/** The first step from `wanted` on that would change anything. */
function possibleFrom(
  wanted: number,
  story: IncidentStory,
): (typeof incidentSteps)[number] | undefined {
  const from = wanted % incidentSteps.length;
  const inOrder = [...incidentSteps.slice(from), ...incidentSteps.slice(0, from)];
  return inOrder.find(({ isPossible }) => isPossible(story));
}

/** A service is created, renamed, filled in, and one in three is deleted again. */
function serviceLife(plan: DayPlan, number: number, happened: Happened): DayStep[] {
  const { pagerduty, key, milliseconds } = plan;
  const begin = (unit(key, number, 6) * milliseconds) / 2;
  let id = "";
  const lives: (() => void)[] = [
    () => {
      id = pagerduty.createService();
      happened.services.push(id);
    },
    () => pagerduty.renameService(id, `Renamed service ${number + 1} – ünïcode`),
    () => pagerduty.changeCustomFields(id, { environment: "production" }),
  ];
  if (number % 3 === 0) lives.push(() => pagerduty.deleteService(id));
  return lives.map((happen, at) => ({ at: begin + (at * (milliseconds - begin)) / 4, happen }));
}
