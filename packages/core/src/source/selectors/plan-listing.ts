import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { Selection } from "../selection.ts";
import { planEscalationPolicies } from "./escalation-policies.ts";
import { planIncidents } from "./incidents.ts";
import { planNotifications } from "./notifications.ts";
import { planOncalls } from "./oncalls.ts";
import { planSchedules, planShiftSchedules } from "./schedules.ts";
import { planServices } from "./services.ts";

/**
 * How the objects that a resource means are read.
 *
 * @param now PagerDuty's time when the run began, milliseconds
 */
export function planListing(selection: Selection, now: number): ListingPlan {
  switch (selection.kind) {
    case "incidents":
      return planIncidents(selection.selector, now);
    case "services":
      return planServices(selection.selector);
    case "schedules":
      return planSchedules(selection.selector, now);
    case "v3/schedules":
      return planShiftSchedules();
    case "oncalls":
      return planOncalls(selection.selector, now);
    case "escalation_policies":
      return planEscalationPolicies(selection.selector);
    case "notifications":
      return planNotifications(now);
    default:
      return createPlan(selection.kind);
  }
}
