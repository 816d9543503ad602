/** A moment at which the tests are to pass as at any other. */
export interface Moment {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const day = 86_400_000;

/** Hours of a day at which something happens: a day's begin and end, handovers of on-call shifts. */
const hours: readonly string[] = ["00:30", "07:30", "08:30", "23:30"];

/** Shortly before, so that it happens while the tests run. All are ahead, as nothing was made later. */
const dates: readonly (readonly [name: string, at: string])[] = [
  ["last-of-february", "2028-02-29T23:59:00Z"],
  // In Europe, at one o'clock UTC; in New York it is the second Sunday of March, and the first of November.
  ["summer-time-begins", "2027-03-28T00:59:00Z"],
  ["summer-time-ends", "2027-10-31T00:59:00Z"],
  ["new-years-eve", "2027-12-31T23:59:00Z"],
];

/** The moments of these names; all where there are none. Any time of the day, as `12:00`, is a name too. */
export function chooseMoments(names: readonly string[], now: number): Moment[] {
  const midnight = Math.floor(now / day) * day;
  const all = [...hours, ...dates.map(([name]) => name)];
  return (names.length === 0 ? all : names).map((name) => {
    const date = dates.find(([known]) => known === name)?.[1];
    if (date !== undefined) return { name, at: Date.parse(date) };
    const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(name) ?? [];
    if (hour === undefined || minute === undefined) {
      throw new Error(`There is no moment '${name}'; there are ${all.join(", ")}, and any HH:MM`);
    }
    return { name, at: midnight + (Number(hour) * 60 + Number(minute)) * 60_000 };
  });
}
