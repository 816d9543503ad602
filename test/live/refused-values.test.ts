import { expect, test } from "bun:test";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { fieldsBlueprint, fieldsMapping as mapping } from "../support/custom-fields-mapping.ts";
import { refuse } from "../../packages/core/src/testing/scripted-pagerduty.ts";
import { startServiceSetting, waitUntil } from "../support/run-service.ts";

/** Milliseconds; no event waits longer for its values. */
const longestWait = 125_000;

test.each([
  ["once, and reads them the next time,", 1],
  ["again and again, and leaves them to the next full run,", Infinity],
])("a service whose event finds values refused %s says so", async (_what, refusals) => {
  let left = 0;
  await using setting = await startServiceSetting(
    { services: 3, incidents: 0, schedules: 0, users: 1 },
    {
      mapping,
      blueprints: [fieldsBlueprint],
      isTimed: true,
      connect: (sandbox) => {
        const client = connectSandboxPagerDuty(sandbox);
        return {
          pagerDuty: {
            ...client,
            get: (path, query, signal) => {
              if (!path.endsWith("/custom_fields/values") || left <= 0) {
                return client.get(path, query, signal);
              }
              left -= 1;
              return Promise.reject(refuse(403, path, "Forbidden"));
            },
          },
        };
      },
    },
  );
  const { sandbox, events } = setting;
  const [id = ""] = [...sandbox.pagerduty.allServices()].map((service) => service.id);
  const before = sandbox.port.entity("service", id)?.properties["environment"];
  left = refusals;
  sandbox.pagerduty.changeCustomFields(id, { environment: "production" });
  sandbox.pagerduty.renameService(id, "Renamed");
  const outcomes = () =>
    events.flatMap((event) => (event.type === "processed" ? [event.outcome] : []));
  await waitUntil(() => outcomes().some(({ outcome }) => outcome === "postponed"));
  // What could be read is in Port at once.
  expect(sandbox.port.entity("service", id)).toMatchObject({
    title: "Renamed",
    properties: { environment: before },
  });
  expect(outcomes()[0]).toMatchObject({
    error: expect.stringContaining("__custom_fields of services could not be read"),
  });
  while (!outcomes().some(({ outcome }) => outcome === "applied")) {
    const { length } = outcomes();
    setting.pass(longestWait);
    await waitUntil(() => outcomes().length > length);
  }
  await setting.settle();
  const last = outcomes().at(-1);
  const isRead = refusals === 1;
  expect(sandbox.port.entity("service", id)?.properties["environment"]).toBe(
    isRead ? "production" : before,
  );
  expect(last).toEqual({
    outcome: "applied",
    ...(isRead ? {} : { lacking: [expect.stringContaining("__custom_fields")] }),
  });
  expect(outcomes().length).toBeLessThan(8);
});
