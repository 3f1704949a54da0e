import type { Desk } from "./view/desk";
import { focusList, focusSearch, listIsVisible, rowsPerPage } from "./view/focus";

/** The shortcuts, as the help sheet shows them. */
export const SHORTCUTS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["/", "Ctrl K"], does: "Search" },
  { keys: ["↑", "↓", "j", "k"], does: "Move" },
  { keys: ["Enter"], does: "Open" },
  { keys: ["Esc"], does: "Back" },
  { keys: ["n"], does: "New session" },
  { keys: ["r", "F2"], does: "Rename" },
  { keys: ["p"], does: "Pin or unpin" },
  { keys: ["a"], does: "Archive or restore" },
  { keys: ["u"], does: "Mark unread or read" },
  { keys: ["Del"], does: "Delete" },
  { keys: ["?"], does: "This sheet" },
];

/** Acts on a key, wherever the focus is, unless whoever has the focus needs it. */
export function handleKey(event: KeyboardEvent, desk: Desk): void {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const target = event.target as HTMLElement;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    focusSearch();
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (target.dataset["role"] === "search") {
    if (!inSearch(event, desk)) return;
  } else if (target.matches("input, textarea, select, [contenteditable]")) {
    if (event.key !== "Escape") return;
    goBack(desk);
  } else if (!anywhere(event, desk)) {
    return;
  }
  event.preventDefault();
}

function inSearch(event: KeyboardEvent, desk: Desk): boolean {
  const { picker } = desk;
  if (event.key === "Escape") {
    if (picker.query.value) picker.query.value = "";
    else focusList();
    return true;
  }
  return (event.key.startsWith("Arrow") && moves(event.key, desk)) || (event.key === "Enter" && opens(desk));
}

function anywhere(event: KeyboardEvent, desk: Desk): boolean {
  const { picker, actions } = desk;
  const onButton = (event.target as HTMLElement).matches("button, a");
  switch (event.key) {
    case "/":
      focusSearch();
      return true;
    case "?":
      picker.dialog.value = { kind: "help" };
      return true;
    case "n":
      picker.dialog.value = { kind: "new", label: "" };
      return true;
    case "Escape":
      goBack(desk);
      return true;
    case "Enter":
      return !onButton && opens(desk);
  }
  if (moves(event.key, desk)) return true;
  const row = picker.active.value === null ? undefined : picker.row(picker.active.value);
  if (!row) return false;
  switch (event.key) {
    case "r":
    case "F2":
      picker.renaming.value = { key: row.key, place: listIsVisible() ? "list" : "panel" };
      return true;
    case "p":
      void actions.togglePin(row);
      return true;
    case "a":
      void actions.toggleArchive(row);
      return true;
    case "u":
      void actions.toggleUnread(row);
      return true;
    case "Delete":
      picker.dialog.value = { kind: "delete", row };
      return true;
    default:
      return false;
  }
}

function moves(key: string, { picker }: Desk): boolean {
  const by = {
    ArrowDown: 1,
    j: 1,
    ArrowUp: -1,
    k: -1,
    PageDown: rowsPerPage(),
    PageUp: -rowsPerPage(),
    Home: -Infinity,
    End: Infinity,
  }[key];
  if (by === undefined || !listIsVisible()) return false;
  picker.move(by);
  return true;
}

function opens({ picker }: Desk): boolean {
  if (picker.active.value === null) return false;
  picker.open(picker.active.value, true);
  return true;
}

function goBack({ picker }: Desk): void {
  if (picker.conversation.value) picker.close();
  else picker.query.value = "";
  focusList();
}
