/**
 * Backstage backend plugin of pagerport: keeps Port's catalog true to PagerDuty, by signed webhooks and a
 * scheduled resync.
 *
 * @packageDocumentation
 */
import { systemClock } from "@pagerport/core";
import { createPagerportPlugin } from "./plugin.ts";

/**
 * The plugin, for `backend.add(import("@pagerport/backstage-plugin-pagerport-backend"))`.
 *
 * @public
 */
export const pagerportPlugin = createPagerportPlugin({
  fetch: globalThis.fetch,
  clock: systemClock,
  random: Math.random,
});

export { pagerportPlugin as default };
export {
  pagerportApprovePermission,
  pagerportPausePermission,
  pagerportReadPermission,
  pagerportRestorePermission,
  pagerportResyncPermission,
} from "./permissions.ts";
export {
  type PagerportSinkExtensionPoint,
  pagerportSinkExtensionPoint,
  type Sink,
  type SinkEntity,
  type SinkEntityRef,
} from "./sink.ts";
