const isJudged = "how long an end may take is judged by the machine's clock";
const isBackstage = "a real Backstage goes by the machine's clock";
const isOthers = "starts processes as users do, to which it is the machine's time";
const measures = "tells how long a process took";

/** Tests and what helps them that may read the machine's clock, and why. Nothing else may. */
export const testClockExceptions: Readonly<Record<string, string>> = {
  "packages/cli/src/doctor/probe-host.test.ts": "compares the machine's clock with a host's `Date`",
  "packages/cli/src/sandbox/day/play-day.test.ts": isJudged,
  "packages/cli/src/testing/start-sandbox.ts": "gives a sandbox the clock of tests",
  "packages/core/src/clock.test.ts": "it is what is tested",
  "packages/core/src/store/sql.test.ts": "a database's clock is compared with it",
  "packages/core/src/testing/test-clock.ts": "makes the clock of tests from it",
  "test/deploy/helm.test.ts": isOthers,
  "test/deploy/pipelines.test.ts": isOthers,
  "test/doctor/doctor.test.ts": "`doctor` compares the machine's clock with a host's `Date`",
  "test/examples/examples.test.ts": isOthers,
  "test/faults/jump-dates.ts": "counts from a process's start",
  "test/import/interruption.test.ts": isJudged,
  "test/plugin/api.test.ts": isBackstage,
  "test/plugin/flow.test.ts": isBackstage,
  "test/plugin/plans.test.ts": isBackstage,
  "test/plugin/routes.test.ts": isBackstage,
  "test/plans/large-plan.test.ts": "compares how long answers of a real server take",
  "test/runtimes/hostile-mapping.ts": isJudged,
  "test/runtimes/webhook-smoke.ts": isOthers,
  "test/serve/second-server.test.ts": isJudged,
  "test/support/flooded-webhook.ts":
    "how long events wait while a real server is flooded is what is promised",
  "test/serve/idle.test.ts": "waits until a real server ends connections by the machine's clock",
  "test/serve/serve.test.ts": isJudged,
  "test/support/run-cli.ts": measures,
  "test/support/run-here.ts": measures,
  "test/support/run-server.ts": measures,
  "test/support/start-portal.ts": isBackstage,
};
