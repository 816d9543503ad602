/**
 * Backstage backend plugin of pagerport. It holds its identity only for now: what it will
 * run is in @pagerport/core.
 */

/** The plugin's id in Backstage: its routes live under `/api/pagerport`. */
export const pluginId = "pagerport";
