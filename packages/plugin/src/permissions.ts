import { createPermission } from "@backstage/plugin-permission-common";

/**
 * Asking for a resync by hand: `POST /resync`, `POST /v1/resyncs`.
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

/**
 * Reading states over the API: status, plans of what is withheld, the pause.
 *
 * @public
 */
export const pagerportReadPermission = createPermission({
  name: "pagerport.read",
  attributes: { action: "read" },
});

/**
 * Approving and rejecting plans of what is withheld.
 *
 * @public
 */
export const pagerportApprovePermission = createPermission({
  name: "pagerport.approve",
  attributes: { action: "update" },
});

/**
 * Pausing and resuming.
 *
 * @public
 */
export const pagerportPausePermission = createPermission({
  name: "pagerport.pause",
  attributes: { action: "update" },
});

/** All of them, for Backstage's registry. */
export const pagerportPermissions = [
  pagerportResyncPermission,
  pagerportRestorePermission,
  pagerportReadPermission,
  pagerportApprovePermission,
  pagerportPausePermission,
];
