import { type Finding, ok, problem } from "./finding.ts";

/** What is known of a change feed. */
export interface FeedFacts {
  readonly entries: number;
  /** When the last one was written, RFC 3339; undefined when there is none. */
  readonly newest: string | undefined;
}

/** How far clocks may be apart, in milliseconds. */
const tolerance = 60_000;

/** The size of the feed, and whether it knows of a time that this clock says is still to come. */
export function checkFeed({ entries, newest }: FeedFacts, now = Date.now()): Finding[] {
  const size = ok("feed", `${entries.toLocaleString("en")} entries`);
  const ahead = newest !== undefined && Date.parse(newest) > now + tolerance;
  return [
    size,
    ahead
      ? problem(
          "clock",
          `the newest change is of ${newest}, and this clock says ${new Date(now).toISOString()}`,
          "Set the clock, and keep it by NTP: sessions and times of records depend on it",
        )
      : ok("clock", new Date(now).toISOString()),
  ];
}
