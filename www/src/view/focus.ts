/** Where the focus can be sent, by parts of the page that do not know each other. */

/** The height of a row of the list, in pixels. */
export const ROW_HEIGHT = 60;

/** Focuses the list. */
export function focusList(): void {
  // The list may be missing or hidden until the next frame; keys typed before that must not go to a field.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.getElementById("sessions")?.focus({ preventScroll: true });
  });
}

/** Focuses the search box and selects what is in it. */
export function focusSearch(): void {
  const search = document.querySelector<HTMLInputElement>("[data-role=search]");
  search?.focus();
  search?.select();
}

/** Whether the list is on the screen; on a narrow one the open session covers it. */
export function listIsVisible(): boolean {
  return document.getElementById("sessions")?.checkVisibility() ?? false;
}

/** How many rows of the list fit on the screen. */
export function rowsPerPage(): number {
  const height = document.getElementById("sessions")?.clientHeight ?? ROW_HEIGHT;
  return Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
}
