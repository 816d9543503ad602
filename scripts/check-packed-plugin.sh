#!/bin/sh
# As a new operator: the packed packages, installed with npm into an empty folder beside Backstage's
# backend, started with Node and the configuration of the plugin's README, on a sandbox and PostgreSQL.
#
#   scripts/check-packed-plugin.sh [22|24] [--beside-pagerduty] [--measure-start]
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
major=22
beside=
measure=
for argument in "$@"; do
  case $argument in
    22 | 24) major=$argument ;;
    --beside-pagerduty) beside="@pagerduty/backstage-plugin-backend@0.14.0" ;;
    --measure-start) measure=5 ;;
    *)
      echo "What is $argument?" >&2
      exit 2
      ;;
  esac
done
if ! command -v bun >/dev/null 2>&1; then
  exec npx --yes --package=bun@1.4.5 -- sh "$0" "$@"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bun run --silent --cwd "$root" build
bun "$root/scripts/report-api.ts" --check
mkdir "$work/app"
for package in core cli plugin; do
  (cd "$work" && npm pack --silent "$root/dist/$package" >/dev/null)
done

cd "$work/app"
cat >index.js <<'END'
const { createBackend } = require("@backstage/backend-defaults");
const backend = createBackend();
if (!process.env.WITHOUT_PAGERPORT) backend.add(import("@pagerport/backstage-plugin-pagerport-backend"));
if (process.env.BESIDE_PAGERDUTY) backend.add(import("@pagerduty/backstage-plugin-backend"));
const { Request, Response } = globalThis;
backend.start().then(() => {
  const isUntouched = Request === globalThis.Request && Response === globalThis.Response;
  console.log(isUntouched ? "Web globals untouched" : "Web globals replaced");
});
END
# The first YAML of the README is the configuration.
sed -n '/^```yaml$/,/^```$/p' "$root/packages/plugin/README.md" | sed '/^```yaml$/d;/^```$/,$d' >app-config.yaml
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
  "$work"/*.tgz @backstage/backend-defaults@0.18.0 $beside
bun "$root/scripts/check-packages.ts" "$work/app/node_modules/@pagerport"
bun "$root/scripts/drive-packed-plugin.ts" "$work/app" "$major" "$beside" "$measure"
