import { expect, test } from "bun:test";
import { describeShadowReport, type JsonObject } from "@pagerport/core";
import { bySize, isLong } from "../support/size.ts";
import {
  expectReadsOnly,
  happenOrdinarily,
  liveBeside,
  nameRows,
  startBeside,
} from "./beside-ocean.ts";

/** A week, and until Ocean has had its chance at what the last full reading showed. */
const hours = bySize({ short: 15, long: 7 * 24 + 7 });
const fullEvery = bySize({ short: 6, long: 24 });

const account = {
  services: bySize({ short: 8, long: 25 }),
  users: bySize({ short: 10, long: 30 }),
  schedules: bySize({ short: 4, long: 6 }),
  shiftSchedules: 2,
  incidents: bySize({ short: 40, long: 200 }),
};

test("a shadow's report names exactly the differences that were planted beside an Ocean that behaves as it does", async () => {
  const planted = { incident: "", user: "", schedule: "", ghost: "GHOST" };
  const beside = await startBeside({
    account,
    fullResyncInterval: fullEvery,
    async plant({ pagerduty }) {
      // One that stays in the month that is read.
      const incident = (await pagerduty.list("/incidents")).at(-1);
      planted.incident = String(incident?.["id"]);
      planted.user = String((await pagerduty.list("/users"))[0]?.["id"]);
      planted.schedule = String((await pagerduty.list("/schedules"))[0]?.["id"]);
      const ghost = { identifier: planted.ghost, title: "Ghost", properties: {}, relations: {} };
      return {
        distort(entity) {
          if (entity.identifier === planted.user) return undefined;
          if (entity.identifier === planted.schedule) return { ...entity, title: "Wrong" };
          if (entity.identifier !== planted.incident) return entity;
          const right = Object(entity["properties"]) as JsonObject;
          const urgency = right["urgency"] === "high" ? "low" : "high";
          return { ...entity, properties: { ...right, urgency } };
        },
        adds: [{ ...ghost, blueprint: "pagerdutyUser" }],
      };
    },
  });
  const { setting } = beside;
  await using _ = setting;
  await liveBeside(beside, {
    hours,
    stride: 30,
    happen: happenOrdinarily,
  });
  const report = await setting.end();

  const shown = describeShadowReport(report);
  if (isLong) process.stdout.write(`${shown.join("\n")}\n`);
  expect(nameRows(report.toLookAt)).toEqual({
    "pagerdutyIncident properties.urgency": 1,
    "pagerdutySchedule title": 1,
    "pagerdutyUser (extra)": 1,
    "pagerdutyUser (missing)": 1,
  });
  const examples = report.toLookAt.map(({ example }) => example.identifier);
  expect(examples.toSorted()).toEqual(Object.values(planted).toSorted());
  const reasons = new Set(report.byDesign.map(({ reason }) => reason));
  expect(reasons).toEqual(new Set(["live-emptied", "newer-schedules", "next-resync", "stubs"]));
  const rowsOf = (reason: string): Record<string, number> =>
    nameRows(report.byDesign.filter((row) => row.reason === reason));
  expect(rowsOf("newer-schedules")).toEqual({ "pagerdutySchedule (missing)": 2 });
  expect(Object.keys(rowsOf("stubs"))).toEqual(["pagerdutyService (extra)"]);
  expect(Object.keys(rowsOf("live-emptied"))).toContain("pagerdutyIncident properties.assignees");
  expect(report).toMatchObject({ failedRuns: 0, unfinished: [], dropped: 0, failedResyncs: 0 });
  expect(setting.troubles).toEqual([]);
  // Whoever reads a week has five minutes.
  expect(shown.length).toBeLessThan(80);
  // Each hour something happened, and the shadow was told.
  expect(report.events).toBeGreaterThanOrEqual(hours);
  expect(setting.sandbox.webhooks.subscriptions()).toEqual([]);
  expectReadsOnly(beside);
});
