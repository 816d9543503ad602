import { checkBlueprints } from "./checks/blueprints.ts";
import { checkCertificates } from "./checks/certificates.ts";
import { checkHost } from "./checks/host.ts";
import { checkInbox } from "./checks/inbox.ts";
import { checkMapping } from "./checks/mapping.ts";
import { checkOwnHosts } from "./checks/own-hosts.ts";
import { checkPagerDutyRights } from "./checks/pagerduty-rights.ts";
import { checkPagerDutyToken } from "./checks/pagerduty-token.ts";
import { checkPortCredentials } from "./checks/port-credentials.ts";
import { checkPortRights } from "./checks/port-rights.ts";
import { checkPortUrl } from "./checks/port-url.ts";
import { checkProxy } from "./checks/proxy.ts";
import { checkRuns } from "./checks/runs.ts";
import { checkSettings } from "./checks/settings.ts";
import { checkState } from "./checks/state.ts";
import { checkSubscription } from "./checks/subscription.ts";
import { checkWebhookKey } from "./checks/webhook-key.ts";
import { checkZones } from "./checks/zones.ts";
import type { Examination } from "./examination.ts";
import type { Check } from "./finding.ts";

/** All that is looked at, in the order in which it is told. */
export function listChecks(examination: Examination): Check[] {
  const { pagerDuty, port } = examination;
  return [
    checkSettings(examination),
    checkProxy(examination),
    checkCertificates(examination),
    checkZones(),
    checkHost("PagerDuty", pagerDuty?.settings.apiUrl, pagerDuty),
    checkPagerDutyToken(examination),
    checkPagerDutyRights(examination),
    checkWebhookKey(examination),
    checkSubscription(examination),
    checkHost("Port", port?.settings.baseUrl, port),
    checkPortCredentials(examination),
    checkOwnHosts(examination),
    checkPortRights(examination),
    checkPortUrl(examination),
    checkMapping(examination),
    checkBlueprints(examination),
    checkState(examination),
    checkInbox(examination),
    checkRuns(examination),
  ];
}
