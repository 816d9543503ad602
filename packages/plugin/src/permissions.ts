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

/**
 * Putting back what was deleted in Port: `POST /restore`.
 *
 * @public
 */
export const pagerportRestorePermission = createPermission({
  name: "pagerport.restore",
  attributes: { action: "update" },
});
