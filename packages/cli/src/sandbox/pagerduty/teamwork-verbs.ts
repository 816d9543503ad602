import { ConfigError } from "@pagerport/core";
import type { ConferenceBridge, Responder } from "../incident-details.ts";
import type { Instant } from "../incident-times.ts";
import {
  bridgeData,
  invocationData,
  responderData,
  roleData,
  taskData,
  workflowData,
  writtenData,
} from "../webhooks/incident-event.ts";
import type { IncidentEditor } from "./incident-editor.ts";

/** What people write about an incident, and whom they ask. Otherwise as with the other verbs. */
export interface TeamworkVerbs {
  /** @returns the note's id */
  annotateIncident(id: string, content: string, at?: Instant): string;
  /** @returns the status update's id */
  publishStatusUpdate(id: string, message: string, at?: Instant): string;
  /** Asks somebody for help; the next person where nobody is named. @returns the user's id */
  addResponder(id: string, userId?: string, at?: Instant): string;
  replyAsResponder(id: string, userId: string, reply: "joined" | "declined", at?: Instant): void;
  setConferenceBridge(id: string, bridge: ConferenceBridge | null, at?: Instant): void;
  /** @param userId null takes the role away */
  assignRole(id: string, role: string, userId: string | null, at?: Instant): void;
  /** @returns the task's id */
  createTask(id: string, name: string, at?: Instant): string;
  updateTask(taskId: string, name: string, at?: Instant): void;
  completeTask(taskId: string, at?: Instant): void;
  /** @returns the run's id */
  startWorkflow(id: string, name?: string, at?: Instant): string;
  completeWorkflow(runId: string, at?: Instant): void;
  /** Runs an automated action. @returns the run's id */
  invokeAction(id: string, name?: string, at?: Instant): string;
  /** @param state `running`, `completed` … */
  updateInvocation(invocationId: string, state: string, at?: Instant): void;
  terminateInvocation(invocationId: string, at?: Instant): void;
}

interface Task {
  readonly index: number;
  readonly name: string;
  readonly status: string;
}

interface Run {
  readonly index: number;
  readonly name: string;
}

/** The verbs of what happens around a world's incidents. */
export function teamworkVerbs(editor: IncidentEditor): TeamworkVerbs {
  const { world } = editor;
  const tasks = new Map<string, Task>();
  const runs = new Map<string, Run>();
  const invocations = new Map<string, Run>();
  /** By incident and role. */
  const roles = new Map<string, string>();

  const write = (
    id: string,
    text: string,
    kind: "note" | "status update",
    at: Instant | undefined,
  ): string => {
    const index = editor.indexOf(id);
    const own = editor.nextId(kind);
    editor.change(index, at, {
      type: kind === "note" ? "annotate" : "status_update",
      event: kind === "note" ? "incident.annotated" : "incident.status_update_published",
      text,
      data: () => writtenData(world, index, { id: own, kind, text }),
    });
    return own;
  };

  const respond = (
    index: number,
    responder: Responder,
    event: "incident.responder.added" | "incident.responder.replied",
    at: Instant | undefined,
  ): void => {
    const before = world.incidents.details(index)?.responders ?? [];
    const others = before.filter(({ person }) => person !== responder.person);
    editor.change(index, at, {
      type: "responder",
      event,
      details: { responders: [...others, responder] },
      data: () => responderData(world, index, responder),
    });
  };

  const putTask = (
    id: string,
    task: Task,
    what: "created" | "updated" | "completed",
    at: Instant | undefined,
  ): void => {
    tasks.set(id, task);
    editor.change(task.index, at, {
      type: "task",
      event: `incident.task.${what}`,
      text: task.name,
      data: () => taskData(world, task.index, { id, ...task }),
    });
  };

  const tellRun = (
    id: string,
    { index, name }: Run,
    what: "started" | "completed",
    at: Instant | undefined,
  ): void => {
    const workflow = editor.reference("incident_workflow", "incident_workflows", name);
    const trigger = editor.reference("workflow_trigger", "incident_workflows/triggers", name);
    editor.change(index, at, {
      type: "workflow",
      event: `incident.workflow.${what}`,
      text: name,
      data: () => workflowData(world, index, { id, workflow, trigger }),
    });
  };

  const tellInvocation = (
    id: string,
    { index, name }: Run,
    what: "created" | "updated" | "terminated",
    state: string,
    at: Instant | undefined,
  ): void => {
    const action = editor.reference("action", "automation_actions/actions", name);
    editor.change(index, at, {
      type: "action_invocation",
      event: `incident.action_invocation.${what}`,
      text: `${name}: ${state}`,
      data: () => invocationData(world, index, { id, action, state }),
    });
  };

  return {
    annotateIncident: (id, content, at) => write(id, content, "note", at),
    publishStatusUpdate: (id, message, at) => write(id, message, "status update", at),
    addResponder: (id, userId, at) => {
      const index = editor.indexOf(id);
      const person = editor.person(userId, index);
      const second = editor.second(at);
      const message = `Please help with ${world.incidents.title(index)}`;
      const times = { requestedAt: second, updatedAt: second };
      const responder: Responder = { person, message, state: "pending", ...times };
      respond(index, responder, "incident.responder.added", at);
      return person.reference.id;
    },
    replyAsResponder: (id, userId, state, at) => {
      const index = editor.indexOf(id);
      const asked = world.incidents.details(index)?.responders ?? [];
      const before = asked.find(({ person }) => person.reference.id === userId);
      if (before === undefined) throw new ConfigError(`Cannot find responder ${userId} of ${id}`);
      const after = { ...before, state, updatedAt: editor.second(at) };
      respond(index, after, "incident.responder.replied", at);
    },
    setConferenceBridge: (id, bridge, at) => {
      const index = editor.indexOf(id);
      editor.change(index, at, {
        type: "conference_bridge",
        event: "incident.conference_bridge.updated",
        details: { bridge },
        data: () => bridgeData(world, index),
      });
    },
    assignRole: (id, role, userId, at) => {
      const index = editor.indexOf(id);
      const name = `${index} ${role}`;
      const held = roles.get(name);
      const before = held === undefined ? undefined : editor.person(held, index);
      const assignee = userId === null ? undefined : editor.person(userId, index);
      if (userId === null) roles.delete(name);
      else roles.set(name, userId);
      const { id: roleId, summary } = editor.reference("incident_role", "incident_roles", role);
      const own = editor.nextId("role assignment");
      const assignment = { id: own, role: { id: roleId, summary }, assignee, before };
      editor.change(index, at, {
        type: "role",
        event: "incident.role.assigned",
        text: role,
        data: () => roleData(world, index, assignment),
      });
    },
    createTask: (id, name, at) => {
      const own = editor.nextId("task");
      putTask(own, { index: editor.indexOf(id), name, status: "todo" }, "created", at);
      return own;
    },
    updateTask: (taskId, name, at) => {
      putTask(taskId, { ...known(tasks, taskId, "task"), name }, "updated", at);
    },
    completeTask: (taskId, at) => {
      const task = known(tasks, taskId, "task");
      putTask(taskId, { ...task, status: "complete" }, "completed", at);
    },
    startWorkflow: (id, name = "Open a channel", at) => {
      const own = editor.nextId("workflow run");
      const run = { index: editor.indexOf(id), name };
      runs.set(own, run);
      tellRun(own, run, "started", at);
      return own;
    },
    completeWorkflow: (runId, at) => {
      tellRun(runId, known(runs, runId, "run of a workflow"), "completed", at);
    },
    invokeAction: (id, name = "Restart it", at) => {
      const own = editor.nextId("invocation");
      const run = { index: editor.indexOf(id), name };
      invocations.set(own, run);
      tellInvocation(own, run, "created", "created", at);
      return own;
    },
    updateInvocation: (invocationId, state, at) => {
      const run = known(invocations, invocationId, "run of an action");
      tellInvocation(invocationId, run, "updated", state, at);
    },
    terminateInvocation: (invocationId, at) => {
      const run = known(invocations, invocationId, "run of an action");
      tellInvocation(invocationId, run, "terminated", "terminated", at);
    },
  };
}

function known<T>(all: ReadonlyMap<string, T>, id: string, kind: string): T {
  const found = all.get(id);
  if (found === undefined) throw new ConfigError(`Cannot find ${kind} ${id} in the sandbox`);
  return found;
}
