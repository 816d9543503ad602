import type { CatalogAccess } from "../catalog-access.ts";
import { pick } from "../random.ts";

/** What one incident of a day has been through so far. */
export interface IncidentStory {
  readonly id: string;
  status: "triggered" | "acknowledged" | "resolved";
  /** Asked for help, and not replied. */
  readonly asked: string[];
  readonly tasks: string[];
  readonly runs: string[];
  readonly invocations: string[];
}

/** One thing that may happen to an incident. */
export interface IncidentStep {
  /** Whether it would change anything now. */
  readonly isPossible: (story: IncidentStory) => boolean;
  readonly happen: (
    pagerduty: CatalogAccess,
    story: IncidentStory,
    /** Decides the rest. */
    hashed: number,
    serviceIds: readonly string[],
  ) => void;
}

const priorities = ["P1", "P2", "P3", null] as const;
const roles = ["Incident Commander", "Scribe", "Customer Liaison"] as const;
const environments = ["production", "staging", "test"] as const;
const types = ["major_incident", "security_incident", "incident_default"] as const;

const always = (): boolean => true;
const isOpen = ({ status }: IncidentStory): boolean => status !== "resolved";

/**
 * All that may happen to an incident after it was triggered, in groups of five, one for each type of event:
 * what needs something else comes right behind it.
 */
export const incidentSteps: readonly IncidentStep[] = [
  {
    isPossible: ({ status }) => status === "triggered",
    happen: (pagerduty, story) => {
      pagerduty.acknowledgeIncident(story.id);
      story.status = "acknowledged";
    },
  },
  {
    isPossible: ({ status }) => status === "acknowledged",
    happen: (pagerduty, story) => {
      pagerduty.unacknowledgeIncident(story.id);
      story.status = "triggered";
    },
  },
  { isPossible: isOpen, happen: (pagerduty, { id }) => pagerduty.escalateIncident(id) },
  {
    isPossible: isOpen,
    happen: (pagerduty, story) => {
      pagerduty.resolveIncident(story.id);
      story.status = "resolved";
    },
  },
  {
    isPossible: ({ status }) => status === "resolved",
    happen: (pagerduty, story) => {
      pagerduty.reopenIncident(story.id);
      story.status = "triggered";
    },
  },

  { isPossible: isOpen, happen: (pagerduty, { id }) => pagerduty.delegateIncident(id) },
  { isPossible: isOpen, happen: (pagerduty, { id }) => pagerduty.reassignIncident(id) },
  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) =>
      pagerduty.prioritizeIncident(id, pick(priorities, hashed)),
  },
  {
    isPossible: isOpen,
    happen: (pagerduty, { id }, hashed, serviceIds) =>
      pagerduty.moveIncident(id, pick(serviceIds, hashed)),
  },
  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) => pagerduty.changeIncidentType(id, pick(types, hashed)),
  },

  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) => {
      pagerduty.annotateIncident(id, `Looked at it – nothing naïve about it (${hashed % 100}) ✅`);
    },
  },
  {
    isPossible: always,
    happen: (pagerduty, { id }) => {
      pagerduty.publishStatusUpdate(id, "We know of it & work on it");
    },
  },
  {
    isPossible: always,
    happen: (pagerduty, { id, asked }) => void asked.push(pagerduty.addResponder(id)),
  },
  {
    isPossible: ({ asked }) => asked.length > 0,
    happen: (pagerduty, { id, asked }, hashed) => {
      const reply = hashed % 3 === 0 ? "declined" : "joined";
      pagerduty.replyAsResponder(id, asked.shift() ?? "", reply);
    },
  },
  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) => {
      const conference_number = `+1 555 01${String(hashed % 100).padStart(2, "0")}`;
      const conference_url = `https://meet.example.com/${hashed % 1000}`;
      pagerduty.setConferenceBridge(id, { conference_number, conference_url });
    },
  },

  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) =>
      pagerduty.changeCustomFields(id, { environment: pick(environments, hashed) }),
  },
  {
    isPossible: always,
    happen: (pagerduty, { id }, hashed) => {
      const [user] = pagerduty.incident(id)?.assignments ?? [];
      pagerduty.assignRole(id, pick(roles, hashed), user?.assignee.id ?? null);
    },
  },
  {
    isPossible: always,
    happen: (pagerduty, { id, tasks }) => void tasks.push(pagerduty.createTask(id, "Look at logs")),
  },
  {
    isPossible: ({ tasks }) => tasks.length > 0,
    happen: (pagerduty, { tasks }) => pagerduty.updateTask(tasks[0] ?? "", "Look at all the logs"),
  },
  {
    isPossible: ({ tasks }) => tasks.length > 0,
    happen: (pagerduty, { tasks }) => pagerduty.completeTask(tasks.shift() ?? ""),
  },

  {
    isPossible: always,
    happen: (pagerduty, { id, runs }) => void runs.push(pagerduty.startWorkflow(id)),
  },
  {
    isPossible: ({ runs }) => runs.length > 0,
    happen: (pagerduty, { runs }) => pagerduty.completeWorkflow(runs.shift() ?? ""),
  },
  {
    isPossible: always,
    happen: (pagerduty, { id, invocations }) => void invocations.push(pagerduty.invokeAction(id)),
  },
  {
    isPossible: ({ invocations }) => invocations.length > 0,
    happen: (pagerduty, { invocations }) =>
      pagerduty.updateInvocation(invocations[0] ?? "", "running"),
  },
  {
    isPossible: ({ invocations }) => invocations.length > 0,
    happen: (pagerduty, { invocations }) =>
      pagerduty.terminateInvocation(invocations.shift() ?? ""),
  },
];
