import type { SessionRow } from "sessionwire";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Filter } from "../state/filter";
import { ROW_HEIGHT } from "./focus";

const OVERSCAN = 6;

/** The part of a long list that is worth drawing. */
export interface Window {
  first: number;
  end: number;
  /** Scrolls a row into view, if it is not. */
  reveal: (index: number) => void;
}

/**
 * Draws a part of a long list and keeps the view still: rows that come and go above it move the
 * scroll position, not what the user looks at. At the top, new rows are what the user looks at.
 *
 * `origin` is the filter: with another one the view starts at the top.
 */
export function useWindow(scroller: RefObject<HTMLElement | null>, rows: readonly SessionRow[], origin: Filter): Window {
  const [, redraw] = useState({});
  const before = useRef({ rows, origin });
  // Kept from the events that change them: asking the element after each change of the list would make
  // the browser lay out the page on the spot.
  const view = useRef({ top: 0, height: 1_000 });

  const { height } = view.current;
  const top = settle(before.current, { rows, origin }, view.current);
  const drawn = part(top, height);
  const last = useRef(drawn);
  last.current = drawn;

  useLayoutEffect(() => {
    before.current = { rows, origin };
    if (top === view.current.top || !scroller.current) return;
    scroller.current.scrollTop = top;
    view.current.top = top;
  });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      view.current = { top: element.scrollTop, height: element.clientHeight };
      const { first, end } = part(view.current.top, view.current.height);
      if (first !== last.current.first || end !== last.current.end) redraw({});
    };
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const reveal = (index: number) => {
    const { top, height } = view.current;
    const itsTop = index * ROW_HEIGHT;
    const wanted = Math.min(itsTop, Math.max(top, itsTop + ROW_HEIGHT - height));
    if (wanted === top || !scroller.current) return;
    scroller.current.scrollTop = wanted;
    view.current.top = wanted;
    redraw({});
  };
  return { ...drawn, reveal };
}

interface Shown {
  rows: readonly SessionRow[];
  origin: Filter;
}

/** Where the view has to be after a change of the list. */
function settle(before: Shown, after: Shown, view: { top: number; height: number }): number {
  if (before.origin !== after.origin) return 0;
  if (before.rows === after.rows || view.top === 0) return view.top;
  const lowest = Math.max(0, after.rows.length * ROW_HEIGHT - view.height);
  return Math.min(lowest, view.top + drift(before.rows, after.rows, view.top, view.height));
}

function part(top: number, height: number): { first: number; end: number } {
  const onTop = Math.floor(top / ROW_HEIGHT);
  return { first: Math.max(0, onTop - OVERSCAN), end: onTop + Math.ceil(height / ROW_HEIGHT) + 1 + OVERSCAN };
}

/** How far the first unchanged row on the screen moved. */
function drift(before: readonly SessionRow[], after: readonly SessionRow[], top: number, height: number): number {
  const first = Math.ceil(top / ROW_HEIGHT);
  const end = Math.min(before.length, first + Math.floor(height / ROW_HEIGHT));
  for (let index = first; index < end; index += 1) {
    const moved = after.indexOf(before[index]!);
    if (moved >= 0) return (moved - index) * ROW_HEIGHT;
  }
  return 0;
}
