import { expect, test } from "bun:test";
import { judgeMounts } from "./find-volatile.ts";

const mounts = `22 1 0:21 / / rw,relatime - overlay overlay rw,lowerdir=/a
30 22 0:5 / /tmp rw,nosuid - tmpfs tmpfs rw
31 22 259:1 / /var/lib rw shared:1 - ext4 /dev/nvme0n1p1 rw
32 22 259:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/data /tmp/ocean rw - ext4 /dev/nvme0n1p1 rw
33 22 259:2 / /with\\040space rw - xfs /dev/sdb rw
34 22 259:3 / /twice rw - ext4 /dev/sdc rw
35 34 0:9 / /twice rw - tmpfs tmpfs rw
`;

test.each([
  ["/data", /overlay/],
  ["/tmp/state", /tmpfs/],
  ["/tmp", /tmpfs/],
  ["/tmpfile", /overlay/],
  ["/var/lib/pagerport", undefined],
  ["/var/libs", /overlay/],
  ["/tmp/ocean/pagerport", /emptyDir/],
  ["/with space/state", undefined],
  ["/twice/state", /tmpfs/],
])("judgeMounts() of %s", (folder, reason) => {
  const found = judgeMounts(mounts, folder);
  if (reason === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(reason);
});

test("judgeMounts() says nothing against a folder that it cannot place", () => {
  expect(judgeMounts("", "/data")).toBeUndefined();
  expect(judgeMounts("nonsense\n - \n", "/data")).toBeUndefined();
});
