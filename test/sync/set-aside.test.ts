import { expect, test } from "bun:test";
import { claimObjects, completeClaim } from "../../packages/core/src/store/claims.ts";
import { recordApplied, takeNumber } from "../../packages/core/src/store/freshness.ts";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import { delayAnswer, watchWrites } from "../support/watch-traffic.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const small = { services: 25, incidents: 50, schedules: 2, users: 4 } as const;

test("resync() whose store has just begun keeps what it set aside and cannot read again", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const { pagerduty, port } = sandbox;
  const id = pagerduty.createService({ name: "Set aside" });
  await setting.sync();
  pagerduty.changeObject(id, { name: "Changed" });
  sandbox.configure({ refuse: (path) => (path.startsWith(`/services/${id}`) ? 404 : undefined) });
  await using store = await openTestStore();
  const report = await setting.sync({
    store,
    pagerDuty: delayAnswer(connectSandboxPagerDuty(sandbox), "/services", async () => {
      // Something live has just applied it, and the page is older.
      const { claim } = await claimObjects(store.sql, {
        objects: [`services/${id}`],
        owner: "live",
      });
      const number = await takeNumber(store.sql);
      await completeClaim(store.sql, claim, (inside) =>
        recordApplied(inside, [{ object: `services/${id}`, number }]),
      );
    }),
  });
  expect(sumActions(report).deleted).toBe(0);
  expect(port.entity("pagerdutyService", id)?.title).toBe("Set aside");
});

/** Incidents first, so that they wait for their services. */
const mapping = `
createMissingRelatedEntities: false
resources:
  - kind: incidents
    selector: { query: "true", apiQueryParams: { date_range: all } }
    port: { entity: { mappings: {
      identifier: .id, title: .title, blueprint: '"pagerdutyIncident"',
      properties: { status: .status }, relations: { pagerdutyService: .service.id } } } }
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: .id, title: .name, blueprint: '"pagerdutyService"',
      properties: { status: .status } } } }
`;

test.each(["has been applied", "is being worked on"])(
  "resync() does not write what waited for another once it %s live",
  async (how) => {
    await using setting = await startSyncSetting(small);
    const { sandbox, store } = setting;
    const { pagerduty, port } = sandbox;
    const [service] = [...pagerduty.allServices()];
    const id = pagerduty.createIncident({ serviceId: String(service?.id), title: "Old" });
    const watched = watchWrites(setting.port);
    const titles = (): unknown[] =>
      watched.written.filter(({ identifier }) => identifier === id).map(({ title }) => title);
    let before = -1;
    let end = (): Promise<void> => Promise.resolve();
    const report = await setting.sync({
      mapping,
      port: watched,
      clock: {
        now: () => testClock.now(),
        async sleep(milliseconds) {
          // Of one that waits for the other.
          if (milliseconds === 2000) await end();
          await Bun.sleep(Math.min(milliseconds, 20));
        },
      },
      pagerDuty: delayAnswer(connectSandboxPagerDuty(sandbox), "/services", async () => {
        while (titles().length === 0) await Bun.sleep(2);
        const objects = [`incidents/${id}`];
        const claimLive = () => claimObjects(store.sql, { objects, owner: "live" });
        let { claim } = await claimLive();
        // The page's own claim on it ends shortly after it was written.
        while (claim.objects.length === 0) {
          await Bun.sleep(5);
          ({ claim } = await claimLive());
        }
        const number = await takeNumber(store.sql);
        pagerduty.changeObject(id, { title: "Newest" });
        end = async () => {
          end = () => Promise.resolve();
          await completeClaim(store.sql, claim, (inside) =>
            recordApplied(inside, [{ object: `incidents/${id}`, number }]),
          );
        };
        if (how === "has been applied") await end();
        before = titles().length;
      }),
    });
    expect(report.unfinished).toEqual([]);
    expect(titles().slice(0, before)).toContain("Old");
    expect(titles().slice(before)).toEqual(["Newest"]);
    expect(port.entity("pagerdutyIncident", id)?.title).toBe("Newest");
  },
);
