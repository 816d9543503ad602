import { expect, test } from "bun:test";
import { webhookSignature } from "./signature.ts";

const simulatorSecret = "simulator-secret-1";
const capturedSecret = "HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1pnH6w5axpxLFn9aRBNBGh4e8/HlonK5mz";
const ping = `{"event":{"id":"01TESTPING0000000000000000","event_type":"pagey.ping","resource_type":"pagey","occurred_at":"2026-01-02T03:04:05.678Z","agent":null,"client":null,"data":{"message":"Hello from your friend Pagey!","type":"ping"}}}`;

test("webhookSignature() signs as PagerDuty does", () => {
  const table: [name: string, secret: string, body: string, hex: string][] = [
    [
      "a captured ping",
      capturedSecret,
      `{"event":{"id":"01FKZOXA868SHYEE4DVNWB5P9W","event_type":"pagey.ping","resource_type":"pagey","occurred_at":"2025-04-07T03:00:55.532Z","agent":{"id":"PVE0ZR9","type":"user_reference"},"client":null,"data":{"message":"Hello from your friend Pagey!","type":"ping"}}}`,
      "0e83584cbab86f98c51517cf96a70c90e910532d3d2f067d58c753cc8980a05b",
    ],
    [
      "a captured note",
      capturedSecret,
      `{"event":{"id":"01FKZSYEOK0YQYTT9OZQJDS1P4","event_type":"incident.annotated","resource_type":"incident","occurred_at":"2025-04-07T03:49:36.680Z","agent":{"html_url":"https://aldaviva.pagerduty.com/users/PVE0ZR9","id":"PVE0ZR9","self":"https://api.pagerduty.com/users/PVE0ZR9","summary":"Ben","type":"user_reference"},"client":null,"data":{"incident":{"html_url":"https://aldaviva.pagerduty.com/incidents/Q2CKYRLH85UNN4","id":"Q2CKYRLH85UNN4","self":"https://api.pagerduty.com/incidents/Q2CKYRLH85UNN4","summary":"Test","type":"incident_reference"},"id":"PTSAIFZ","content":"Resolution Note: I'm resolving it","trimmed":false,"type":"incident_note"}}}`,
      "7b1cc279d644e35511cfca431696498477e97d46f2403ed46d426435e0efef2b",
    ],
    [
      "a ping",
      simulatorSecret,
      ping,
      "bf144cdefe601edfb71607907791937d7bff3da0279abf261e2ca7c1a761e667",
    ],
    [
      "a line feed more",
      simulatorSecret,
      `${ping}\n`,
      "6f04211a59fe855e6c5a6d53b421081bcabc03ab2e5c29fb531779788a45fea5",
    ],
    [
      "not only ASCII",
      simulatorSecret,
      `{"event":{"id":"01TESTUTF80000000000000000","event_type":"incident.annotated","resource_type":"incident","occurred_at":"2026-01-02T03:04:05.678Z","agent":null,"client":null,"data":{"incident":{"html_url":"https://acme.pagerduty.com/incidents/Q1","id":"Q1","self":"https://api.pagerduty.com/incidents/Q1","summary":"Zażółć 🔥","type":"incident_reference"},"id":"P1NOTE1","content":"naïve — ✅","trimmed":false,"type":"incident_note"}}}`,
      "9a7806ba9845e7f1a2cbc7d8ef4ce93d47c15b7bb609967256ccab4ae185e7d1",
    ],
    [
      "next to nothing",
      simulatorSecret,
      "{}",
      "71633041791d1eeec8fa7fdb87f052e7f724639e34a30cf981d8daa875afaa5d",
    ],
    [
      "nothing",
      simulatorSecret,
      "",
      "6ab56f3a741591bc4bd9a225f88632d14ed76aa0e34a06c54d23b43c5dd1d230",
    ],
  ];
  for (const [name, secret, body, hex] of table) {
    expect([name, webhookSignature(body, [secret])]).toEqual([name, `v1=${hex}`]);
  }
});

test("webhookSignature() signs with each secret while one is being changed", () => {
  expect(webhookSignature(ping, ["simulator-secret-2", simulatorSecret])).toBe(
    "v1=8d488a80ba606f13d6582802aa54b2960799a3c2ab0dcfd0d72c31130fa5106e,v1=bf144cdefe601edfb71607907791937d7bff3da0279abf261e2ca7c1a761e667",
  );
});
