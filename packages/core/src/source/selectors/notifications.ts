import { formatTime } from "../incident-list.ts";
import { createPlan, type ListingPlan } from "../listing-plan.ts";
import { addMonths } from "./months.ts";

/** How notifications are read: their list demands a range, which is the last month. */
export function planNotifications(now: number): ListingPlan {
  return createPlan("notifications", {
    query: [
      ["since", formatTime(addMonths(now, -1))],
      ["until", formatTime(addMonths(now, 0))],
    ],
  });
}
