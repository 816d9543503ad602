import { expect, test } from "bun:test";
import { endOptions, runtimes } from "../support/runtimes.ts";

const text =
  '{"a":[4907012345678901234,{"1.10":1.10}],"b":-0.0,"c":0.00000010,"d":1E+2,"e":7,"f":"\\ud83d"}';
const printed =
  '{"a":[4907012345678901234,{"1.10":1.10}],"b":-0.0,"c":1.0E-7,"d":1E+2,"e":7,"f":"\ufffd"}\n';

for (const [name, runtime] of Object.entries(runtimes)) {
  test(
    `numbers keep their text unbuilt on ${name}`,
    async () => {
      const script = `${import.meta.dir}/numbers-smoke.ts`;
      const child = Bun.spawn([...runtime, script, text], { stdout: "pipe", stderr: "inherit" });
      expect(await new Response(child.stdout).text()).toBe(printed);
      expect(await child.exited).toBe(0);
    },
    endOptions(name),
  );
}
