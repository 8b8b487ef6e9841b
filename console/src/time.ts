// Times for people: how long ago, how long still, and the clock with its zone.

import { ltr } from "./strings";

/** Seconds as "45 s", "4 min 10 s", "1 h 05 min". */
export function spellDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return ltr(`${s} s`);
  const min = Math.floor(s / 60);
  if (min < 60) return ltr(s % 60 ? `${min} min ${s % 60} s` : `${min} min`);
  return ltr(`${Math.floor(min / 60)} h ${String(min % 60).padStart(2, "0")} min`);
}

/** Seconds as a running timer of steady width: "0:07", "12:34", "3:05:09". */
export function formatTimer(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const min = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(min)}:${two(s % 60)}` : `${min}:${two(s % 60)}`;
}

/** What Intl is asked for: day before month, and the digits that timers and radios use. */
export function localeOf(language: string): string {
  return language === "en" ? "en-GB" : language === "ar" ? "ar-u-nu-latn" : language;
}

/** Metres as "350 m" or "2.4 km", in the numbers of the language. */
export function formatDistance(metres: number, language: string): string {
  const tens_m = Math.round(metres / 10) * 10;
  if (tens_m < 1000) return ltr(`${tens_m} m`);
  const number = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: 1 });
  return ltr(`${number.format(metres / 1000)} km`);
}

/** "14:03:07" in the zone of this desk (or the one given). */
export function formatClock(time: Date, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).format(time);
}

/** "26 Nov 2026, 14:03" in the zone of this desk (or the one given). */
export function formatMoment(time: Date, language: string, timeZone?: string): string {
  if (Number.isNaN(time.getTime())) return "?";
  return new Intl.DateTimeFormat(localeOf(language), {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).format(time);
}

/** "26 Nov" for a day written as YYYY-MM-DD: the day is the server's, in no zone of this desk. */
export function formatDay(day: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  }).format(new Date(`${day}T00:00:00Z`));
}

/** The day of a moment as the record counts days: YYYY-MM-DD in UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The short name of the desk's zone at that moment: "GMT-3", "CAT". */
export function zoneName(time: Date, language: string, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat(localeOf(language), {
    hour: "2-digit",
    timeZoneName: "short",
    ...(timeZone ? { timeZone } : {}),
  }).formatToParts(time);
  return parts.find((p) => p.type === "timeZoneName")?.value ?? "UTC";
}

/** A late word about the time counts no longer than this after one that was in time. */
const HEARD_MS = 60_000;

/** How far the server's clock is ahead of this desk's. A word of the server comes late, never
 * early: the one of the last minute that is furthest ahead came with the least delay. */
export class ServerClock {
  /** The furthest ahead first; behind it what came after it, which is less. */
  private lately: { at: number; ahead: number }[] = [];

  constructor(private readonly localNow: () => number = Date.now) {}

  /** `age`: milliseconds since it came. */
  heard(serverTime: string, age = 0): void {
    const told = Date.parse(serverTime);
    if (!Number.isFinite(told)) return;
    const at = this.localNow();
    const ahead = told + age - at;
    this.lately = this.lately.filter((w) => w.ahead > ahead && Math.abs(at - w.at) < HEARD_MS);
    this.lately.push({ at, ahead });
  }

  now(): number {
    return this.localNow() + (this.lately[0]?.ahead ?? 0);
  }

  /** Seconds since an RFC 3339 time, never negative. */
  age(time: string): number {
    return Math.max(0, (this.now() - Date.parse(time)) / 1000);
  }
}
