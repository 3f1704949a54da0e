/** Words: how the picker calls sessions, times and endings. */

import type { EvictionReason, GoalStatus, SessionRow } from "sessionwire";

/** What a session is called on the screen. */
export function titleOf(row: SessionRow): string {
  return row.label ?? row.displayName ?? row.derivedTitle ?? shortKey(row.key);
}

/** A key without its agent, and with only the beginning of a generated id. */
export function shortKey(key: string): string {
  const rest = /^agent:[^:]+:(.+)$/s.exec(key)?.[1] ?? key;
  return rest.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "$1");
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Formatters are made once: making one costs more than drawing a row.
const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options);
const dayAndMonth = format({ day: "numeric", month: "short" });
const monthAndYear = format({ month: "short", year: "2-digit" });
const weekday = format({ weekday: "long", day: "numeric", month: "long" });
const time = format({ hour: "2-digit", minute: "2-digit" });
const dateAndTime = format({ dateStyle: "medium", timeStyle: "short" });
const integer = new Intl.NumberFormat("en-GB");

/** How long ago something was, in at most six characters. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < MINUTE) return "now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)}m`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)}h`;
  if (passed < 7 * DAY) return `${Math.floor(passed / DAY)}d`;
  const thisYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return (thisYear ? dayAndMonth : monthAndYear).format(then);
}

/** A time of day, such as `09:41`. */
export function clock(at: number): string {
  return time.format(at);
}

/** A day as a heading. */
export function dayOf(at: number, now: number): string {
  const today = new Date(now).setHours(0, 0, 0, 0);
  const yesterday = new Date(today - 1).setHours(0, 0, 0, 0);
  if (at >= today) return "Today";
  return at >= yesterday ? "Yesterday" : weekday.format(at);
}

/** Date and time in full, for tooltips. */
export function moment(at: number): string {
  return dateAndTime.format(at);
}

/** What happened to evicted sessions, and what that means for each. */
export function ending(reason: EvictionReason, sessions = 1): { verb: string; meaning: string } {
  const was = sessions === 1 ? "was" : "were";
  switch (reason) {
    case "deleted":
      return { verb: `${was} deleted`, meaning: "Its conversation went with it." };
    case "expired":
      return { verb: "expired", meaning: "Removed by policy: idle or old for too long, or too many sessions." };
    case "reset":
      return { verb: `${was} reset`, meaning: "Its conversation is gone. Name, pin and key stay." };
    case "new":
      return { verb: `${was} started anew`, meaning: "Its conversation is gone. Name, pin and key stay." };
    default:
      return {
        verb: sessions === 1 ? "is gone" : "are gone",
        meaning: "The gateway does not have it any more and did not say why.",
      };
  }
}

/** Whether a session of the same key goes on after such an eviction. */
export function goesOn(reason: EvictionReason): boolean {
  return reason === "reset" || reason === "new";
}

/** A goal's status in words. */
export function goalStatus(status: GoalStatus): string {
  switch (status) {
    case "active":
      return "active";
    case "paused":
      return "paused";
    case "blocked":
      return "blocked";
    case "usage_limited":
      return "stopped by a usage limit";
    case "budget_limited":
      return "stopped by its budget";
    case "complete":
      return "complete";
    default:
      return "in an unknown state";
  }
}

/** A number with its thousands apart. */
export function number(n: number): string {
  return integer.format(n);
}

/** `1 session`, `2 sessions`, `2 matches`. */
export function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : noun.endsWith("ch") ? "es" : "s"}`;
}

/** A message with a capital and a full stop. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…)]$/.test(text) ? text : `${text}.`;
}
