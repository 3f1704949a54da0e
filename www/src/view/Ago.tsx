import { signal } from "@preact/signals";
import { ago, moment } from "../text";

const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 15_000);

/** How long ago something was, kept right. */
export function Ago({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {ago(at, Math.max(now.value, at))}
    </time>
  );
}
