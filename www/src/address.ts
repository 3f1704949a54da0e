import { effect, untracked } from "@preact/signals";
import type { Picker } from "./state/picker";

/**
 * Keeps the open session in the address (`#session=…`), so that a reload shows it again and the
 * browser's back button returns to the list.
 */
export function followAddress(picker: Picker): void {
  let asked = sessionInAddress();
  effect(() => {
    if (!picker.loaded.value) return;
    if (asked !== null) {
      const key = asked;
      asked = null;
      untracked(() => void picker.visit(key));
    }
    write(picker.conversation.value?.key ?? null);
  });
  addEventListener("popstate", () => {
    const key = sessionInAddress();
    if (key === null) picker.close();
    else picker.open(key);
  });
}

function sessionInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("session");
}

function write(key: string | null): void {
  const before = sessionInAddress();
  if (key === before) return;
  const address = location.pathname + location.search + (key === null ? "" : `#session=${encodeURIComponent(key)}`);
  // An entry whose session was closed is used again, so that the history does not fill with copies of the list.
  const reuse = before !== null || history.state === "closed";
  if (key !== null && !reuse) history.pushState(null, "", address);
  else history.replaceState(key === null ? "closed" : null, "", address);
}
