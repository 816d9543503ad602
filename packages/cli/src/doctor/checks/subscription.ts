import {
  hasKeptSecret,
  isSameAddress,
  listMappedEventTypes,
  listSubscriptions,
  loadSetting,
  type Subscription,
} from "@pagerport/core";
import { listOwnUrls } from "../../commands/webhook-options.ts";
import type { ExaminedPagerDuty, Examination } from "../examination.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "../finding.ts";
import { lookIntoStore } from "../with-store.ts";
import { whyNot } from "./host.ts";

const rightsAdvice =
  "Webhooks can be managed with a token that is not read-only, of a manager, an admin or the owner. Without, make the subscription by hand and set PD_WEBHOOK_SECRET.";

/** Whether PagerDuty sends its events to this server, all that are needed, and their secret is known. */
export function checkSubscription(examination: Examination): Check {
  const { sources, pagerDuty, mayWriteWebhooks } = examination;
  return {
    name: "webhook",
    run: async (signal) => {
      const urls = listOwnUrls(sources);
      const hasConfigured = (loadSetting("webhookSecrets", sources) ?? []).length > 0;
      const [url] = urls;
      if (url === undefined) {
        return hasConfigured
          ? ok("PD_WEBHOOK_SECRET is set; who made the subscription looks after it")
          : skipped("no PAGERPORT_BASE_URL: PagerDuty sends nothing here, resyncs go on");
      }
      const reason = await whyNot(pagerDuty, signal, mayWriteWebhooks);
      if (pagerDuty === undefined || reason !== undefined) return reason ?? ok("");
      const current = await findCurrent(pagerDuty, urls, signal);
      if (current === undefined) {
        if (!(await mayWriteWebhooks(signal))) {
          return failed(`No subscription to ${url}, and the token may make none`, rightsAdvice, 4);
        }
        const advice =
          "'pagerport serve' makes it when it starts, as does 'pagerport webhook create'.";
        return warning(`No subscription to ${url} yet`, advice);
      }
      const isKnown = hasConfigured || (await knowsSecret(examination, current));
      return judge(current, isKnown);
    },
  };
}

async function findCurrent(
  { client }: ExaminedPagerDuty,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<Subscription | undefined> {
  const all = await listSubscriptions(client, { signal });
  const here = all.filter((one) => urls.some((url) => isSameAddress(one.url, url)));
  return here.find(({ scope }) => scope?.type === "account") ?? here[0];
}

async function knowsSecret(examination: Examination, { id }: Subscription): Promise<boolean> {
  const found = await lookIntoStore(examination, ({ sql }) => hasKeptSecret(sql, id));
  return found.value === true;
}

function judge(current: Subscription, isKnown: boolean): Finding {
  const { id, url, isActive, isDisabled, events, scope } = current;
  if (isDisabled || !isActive) {
    const by = isDisabled ? "PagerDuty has disabled it after events were refused" : "switched off";
    return failed(`${id} to ${url}: ${by}`, `pagerport webhook enable ${id}`, 3);
  }
  const lacking = listMappedEventTypes().filter((type) => !events.includes(type));
  if (lacking.length > 0) {
    const advice =
      "'pagerport webhook create' adds them, as does 'pagerport serve' when it starts.";
    return warning(`${id} to ${url} lacks ${lacking.join(", ")}`, advice);
  }
  if (!isKnown) {
    const advice =
      "Set PD_WEBHOOK_SECRET, or let 'pagerport serve' make a subscription of its own; with the server's PAGERPORT_STATE_DIR or PAGERPORT_DATABASE_URL this can be told from elsewhere.";
    return warning(`${id} to ${url} is enabled, but its secret is not known here`, advice);
  }
  const whose = scope?.type === "account" ? "" : ", not of the whole account";
  return ok(`${id} to ${url}: enabled, ${events.length} types of events${whose}, secret known`);
}
