import type { SessionRow } from "sessionwire";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ROW_HEIGHT } from "./focus";

const OVERSCAN = 6;

/** The rows worth drawing: those on the screen and a few around them. */
export interface Window {
  first: number;
  end: number;
}

/**
 * Draws a part of a long list and keeps the view still: rows that come and go above it move the
 * scroll position, not what the user looks at. At the top, new rows are what the user looks at.
 *
 * `origin` names the filter: with another one the view starts at the top.
 */
export function useWindow(scroller: RefObject<HTMLElement | null>, rows: readonly SessionRow[], origin: string): Window {
  const [window, setWindow] = useState<Window>({ first: 0, end: 30 });
  const before = useRef({ rows, origin });

  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const top = Math.floor(element.scrollTop / ROW_HEIGHT);
    const first = Math.max(0, top - OVERSCAN);
    const end = top + Math.ceil(element.clientHeight / ROW_HEIGHT) + 1 + OVERSCAN;
    setWindow((window) => (window.first === first && window.end === end ? window : { first, end }));
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    const last = before.current;
    before.current = { rows, origin };
    if (!element || last.rows === rows) return;
    if (last.origin !== origin) element.scrollTop = 0;
    else if (element.scrollTop > 0) element.scrollTop += drift(last.rows, rows, element);
    measure();
  }, [rows, origin]);

  return window;
}

/** Scrolls a row into view, if it is not. */
export function reveal(element: HTMLElement, index: number): void {
  const top = index * ROW_HEIGHT;
  const bottom = top + ROW_HEIGHT;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
}

/** How far the first unchanged row on the screen moved. */
function drift(before: readonly SessionRow[], after: readonly SessionRow[], element: HTMLElement): number {
  const first = Math.ceil(element.scrollTop / ROW_HEIGHT);
  const end = Math.min(before.length, first + Math.floor(element.clientHeight / ROW_HEIGHT));
  for (let index = first; index < end; index += 1) {
    const moved = after.indexOf(before[index]!);
    if (moved >= 0) return (moved - index) * ROW_HEIGHT;
  }
  return 0;
}
