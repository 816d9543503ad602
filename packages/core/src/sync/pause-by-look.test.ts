import { expect, test } from "bun:test";
import { NetworkError } from "../errors.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { failureOf } from "../testing/failure-of.ts";
import { refuse } from "../testing/scripted-pagerduty.ts";
import { HostGate } from "./host-gate.ts";
import { createHostsGuard } from "./ownership/hosts-guard.ts";
import { pauseByLook } from "./pause-by-look.ts";

const down = new NetworkError("no answer", { host: "PagerDuty", method: "GET", url: "https://x" });

test.each([
  ["does not answer", down, true],
  ["refuses the token", refuse(401, "/users/me", "Unauthorized"), true],
  ["has trouble of its own", refuse(503, "/services", "Unavailable"), true],
  ["does not know the path", refuse(404, "/services", "Not Found"), false],
])(
  "pauseByLook() of a host that %s, where no event comes, leaves it alone until it answers",
  async (_what, error, isPaused) => {
    const clock = new FakeClock();
    const told: string[] = [];
    const gate = new HostGate(clock, {
      onPause: (host) => told.push(`${host} paused`),
      onResume: (host) => told.push(`${host} back`),
    });
    let isAway = true;
    const guard = createHostsGuard({
      clock,
      check: () =>
        isAway
          ? Promise.reject(error)
          : Promise.resolve({
              account: undefined,
              organization: undefined,
              warnings: [],
              remember: () => Promise.resolve(),
            }),
      onOpen: () => undefined,
      onRefuse: () => undefined,
      ...pauseByLook(gate),
    });
    const look = () => guard.look({ mapping: undefined, signal: new AbortController().signal });
    // Port has trouble as well, with writes: that is not for this question to say.
    gate.pause("Port", "503");
    expect(await failureOf(look())).toBe(error);
    const away = isPaused ? ["PagerDuty paused"] : [];
    expect(told).toEqual(["Port paused", ...away]);
    expect(gate.paused.map(({ host }) => host)).toEqual(
      isPaused ? ["Port", "PagerDuty"] : ["Port"],
    );
    isAway = false;
    await clock.advance(60_000);
    await look();
    expect(gate.paused.map(({ host }) => host)).toEqual(["Port"]);
    expect(told.slice(1 + away.length)).toEqual(isPaused ? ["PagerDuty back"] : []);
  },
);
