#!/bin/sh
# As a new operator: the packed packages, installed with npm into an empty folder beside Backstage's
# backend, started with Node and the configuration of the plugin's README, on a sandbox and PostgreSQL.
#
#   scripts/check-packed-plugin.sh [22|24] [--beside-pagerduty]
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
major=${1:-22}
if ! command -v bun >/dev/null 2>&1; then
  exec npx --yes --package=bun@1.4.5 -- sh "$0" "$@"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bun run --silent --cwd "$root" build
mkdir "$work/app"
for package in core cli plugin; do
  (cd "$work" && npm pack --silent "$root/dist/$package" >/dev/null)
done
if grep -q 'workspace:' "$root"/dist/*/package.json; then
  echo "A packed package depends on the workspace" >&2
  exit 1
fi

cd "$work/app"
cat >index.js <<'END'
const { createBackend } = require("@backstage/backend-defaults");
const backend = createBackend();
backend.add(import("@pagerport/backstage-plugin-pagerport-backend"));
if (process.env.BESIDE_PAGERDUTY) backend.add(import("@pagerduty/backstage-plugin-backend"));
const { Request, Response } = globalThis;
backend.start().then(() => {
  const isUntouched = Request === globalThis.Request && Response === globalThis.Response;
  console.log(isUntouched ? "Web globals untouched" : "Web globals replaced");
});
END
# The first YAML of the README is the configuration.
sed -n '/^```yaml$/,/^```$/p' "$root/packages/plugin/README.md" | sed '/^```yaml$/d;/^```$/,$d' >app-config.yaml
more=
if [ "$2" = "--beside-pagerduty" ]; then more="@pagerduty/backstage-plugin-backend@0.14.0"; fi
cat >package.json <<'END'
{
  "name": "portal",
  "private": true,
  "overrides": {
    "@aws-sdk/client-s3": "3.1169.0",
    "@pagerduty/backstage-plugin-common": "0.2.0"
  }
}
END
# better-sqlite3's addon is built by a script; PostgreSQL is used here, and the scripts of others are not.
npm install --loglevel=error --ignore-scripts --no-audit --no-fund \
  "$work"/*.tgz @backstage/backend-defaults@0.18.0 $more
bun "$root/scripts/drive-packed-plugin.ts" "$work/app" "$major" "$more"
