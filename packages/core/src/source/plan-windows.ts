import type { IncidentWindow } from "./incident-list.ts";

const second = 1000;
const day = 24 * 3600 * second;

/** PagerDuty allows six months; the shortest six calendar months are 181 days. */
const longestWindow = 180 * day;

/** A window is whole in memory before it is passed on; one with more incidents is cut. */
const mostPerWindow = 4000;

/**
 * Cuts aim well below the most: an uneven spread then needs no other cut, several windows are read side
 * by side within the memory allowed, and one that ends leaves no gap in the use of the rate limit.
 */
const aimedPerWindow = 1600;

/** The most pieces of one cut: where all incidents fall into one piece, the rest is asked in vain. */
const mostPieces = 16;

/** Cuts a stretch of time into windows of like length, short enough and not too full. */
export function planWindows(since: number, until: number, expected: number): IncidentWindow[] {
  if (until <= since) return [];
  const pieces = Math.max(
    Math.ceil((until - since) / longestWindow),
    Math.ceil(expected / aimedPerWindow),
  );
  return cutEvenly({ since, until, expected }, pieces);
}

/** The pieces of a window that turned out to hold `count`; undefined where it is to be read as it is. */
export function cutWindow(window: IncidentWindow, count: number): IncidentWindow[] | undefined {
  if (count <= mostPerWindow || window.until - window.since <= second) return undefined;
  const pieces = Math.min(mostPieces, Math.ceil(count / aimedPerWindow));
  return cutEvenly({ ...window, expected: count }, pieces);
}

function cutEvenly(window: IncidentWindow, pieces: number): IncidentWindow[] {
  const { since, until, expected } = window;
  const seconds = (until - since) / second;
  const count = Math.min(pieces, Math.max(1, Math.floor(seconds)));
  const bound = (place: number): number =>
    place === count ? until : since + Math.floor((seconds * place) / count) * second;
  return Array.from({ length: count }, (_, place) => ({
    since: bound(place),
    until: bound(place + 1),
    expected: expected / count,
  }));
}
