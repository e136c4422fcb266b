// SPDX-License-Identifier: Apache-2.0
// Numbers, times and durations for people, in the reader's own zone and habit.

/** "45 s", "6 min", "1 h 20 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ""}`;
}

/** "3–5 min" where both ends have one unit, else "50 s – 2 min". */
export function interval(low: number, high: number): string {
  const [from, to] = [duration(low), duration(high)];
  if (from === to) return from;
  const [a, unit, ...more] = from.split(" ");
  const [, other, ...others] = to.split(" ");
  return unit === other && !more.length && !others.length ? `${a}–${to}` : `${from} – ${to}`;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const timeOfDay = (iso: string) => clock.format(new Date(iso));
export const dateAndTime = (iso: string) => moment.format(new Date(iso));

/** "5 minutes ago". */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(Math.round(seconds), "second");
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86400), "day");
}

/** "1 target", "25 targets". */
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Words of a status: "partially_failed" → "partially failed". */
export const words = (status: string) => status.replaceAll("_", " ");

const SIZES = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes in units of 1024, as df and Windows count them: "1.5 GB". */
export function size(bytes: number): string {
  let power = 0;
  let rest = bytes;
  for (; Math.abs(rest) >= 1024 && power < SIZES.length - 1; power++) rest /= 1024;
  return `${power === 0 ? rest : rest.toFixed(1)} ${SIZES[power]}`;
}

/** A length of time, days and hours from two days on; "-3 d 2 h" for one that is over. */
export function span(seconds: number): string {
  if (seconds < 0) return `-${span(-seconds)}`;
  if (seconds < 2 * 86400) return duration(seconds);
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

/** How far something has come, both in the unit of the whole: "23.1 MB of 45.2 MB". */
export function portion(done: number, whole: number): string {
  let power = 0;
  for (let rest = whole; rest >= 1024 && power < SIZES.length - 1; power++) rest /= 1024;
  const shown = (count: number) => `${(count / 1024 ** power).toFixed(power ? 1 : 0)} ${SIZES[power]}`;
  return `${shown(done)} of ${shown(whole)}`;
}

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The same moment on the clocks of another time zone, to stand behind it; empty where they show the same. */
export function elsewhere(at: string, zone: string): string {
  const shown = (timeZone: string | undefined) =>
    new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", timeZone });
  const there = shown(zone);
  return there === shown(HERE) ? "" : ` (${there} ${zone})`;
}
