import { createPermission } from "@backstage/plugin-permission-common";

/**
 * Asking for a resync by hand: `POST /resync`.
 *
 * @public
 */
export const pagerportResyncPermission = createPermission({
  name: "pagerport.resync",
  attributes: { action: "update" },
});
