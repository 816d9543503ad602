import { isReading } from "../../sink/port/is-reading.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { uniteSignals } from "../../unite-signals.ts";
import type { PausedWork, PauseGate } from "./pause-gate.ts";

/**
 * Port, for whoever must not write to it while that is paused: each write looks at the pause before it is
 * sent, and one that waits for its turn or for another attempt is given up when a pause begins. What is on
 * its way already is answered.
 *
 * @param work what its writes are
 */
export function guardPort(port: PortClient, gate: PauseGate, work: PausedWork): PortClient {
  return {
    async send(request) {
      if (isReading(request)) return port.send(request);
      await gate.ensure(work);
      // What its signal ends at once would be left in doubt.
      if (request.signalEnds !== "retries") return port.send(request);
      const watch = gate.watch(work);
      try {
        const signal = uniteSignals(request.signal, watch.signal);
        return await port.send({ ...request, signal });
      } finally {
        watch.end();
      }
    },
  };
}
