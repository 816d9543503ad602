import { expect, test } from "bun:test";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";

/** What Port holds is what PagerDuty has: every incident's and every service's status. */
function expectInStep({ sandbox }: ServiceSetting, incidents: readonly string[]): void {
  for (const id of incidents) {
    const stored = sandbox.port.entity("pagerdutyIncident", id);
    expect([id, stored?.properties["status"]]).toEqual([
      id,
      sandbox.pagerduty.incident(id)?.status,
    ]);
  }
  for (const service of sandbox.pagerduty.allServices()) {
    const stored = sandbox.port.entity("pagerdutyService", service.id);
    expect([service.id, stored?.properties["status"]]).toEqual([service.id, service.status]);
  }
}

test("createSyncService() follows a day of incidents", async () => {
  await using setting = await startServiceSetting();
  const { sandbox } = setting;
  const day = await sandbox.playDay({ incidents: 40, hours: 0 });
  await setting.settle();
  expectInStep(setting, day.incidents);
  const processed = setting.events.filter((event) => event.type === "processed");
  expect(new Set(processed.map(({ outcome }) => outcome.outcome))).toEqual(
    new Set(["applied", "deleted"]),
  );
});

test("createSyncService() ends right where events come twice and out of order", async () => {
  await using setting = await startServiceSetting({
    webhooks: { order: "any", duplicates: 1 },
  });
  const day = await setting.sandbox.playDay({ incidents: 30, hours: 0, services: 2 });
  await setting.settle();
  expectInStep(setting, day.incidents);
});

test("createSyncService() deletes a service's entity when it is told so, and for good", async () => {
  await using setting = await startServiceSetting();
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Short-lived" });
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("Short-lived");
  sandbox.pagerduty.deleteService(id);
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
});
