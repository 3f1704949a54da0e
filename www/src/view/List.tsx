import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { wordsOf } from "../state/filter";
import { useDesk } from "./desk";
import { ROW_HEIGHT } from "./focus";
import { Row, rowId } from "./Row";
import { useWindow } from "./window";

/** The live list. Only the rows around the screen are in the document. */
export function List() {
  const { picker } = useDesk();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows } = picker.selection.value;
  const query = picker.query.value;
  const words = useMemo(() => wordsOf(query), [query]);
  const { first, end, reveal } = useWindow(scroller, rows, `${query}\n${picker.agent.value ?? ""}\n${picker.archived.value}`);

  const active = picker.active.value;
  const moves = picker.moves.value;
  useLayoutEffect(() => {
    const index = rows.findIndex((row) => row.key === active);
    if (moves && index >= 0) reveal(index);
  }, [moves]);

  const [hovered, setHovered] = useState<string | null>(null);
  const keyAt = (event: Event) => (event.target as Element).closest<HTMLElement>(".row")?.dataset["key"] ?? null;

  const drawn = rows.slice(first, end);
  const open = picker.conversation.value?.key;
  const renaming = picker.renaming.value;
  const lastPinned = rows.findIndex((row) => !row.pinned) - 1;
  return (
    <div
      ref={scroller}
      id="sessions"
      class="list"
      role="grid"
      tabIndex={0}
      aria-label="Sessions"
      aria-rowcount={rows.length}
      aria-activedescendant={drawn.some((row) => row.key === active) ? rowId(active!) : undefined}
      data-testid="session-list"
      data-count={rows.length}
      data-stale={picker.connection.value.phase !== "live"}
      onPointerOver={(event) => setHovered(event.pointerType === "mouse" ? keyAt(event) : null)}
      onPointerLeave={() => setHovered(null)}
      onClick={(event) => {
        const key = keyAt(event);
        if (key !== null) picker.open(key);
      }}
      onDblClick={(event) => {
        const key = (event.target as Element).closest(".row-title") && keyAt(event);
        if (key) picker.renaming.value = { key, place: "list" };
      }}
    >
      <div class="list-extent" role="presentation" style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
        {drawn.map((row, index) => (
          <Row
            key={row.key}
            row={row}
            index={first + index}
            active={row.key === active}
            open={row.key === open}
            hovered={row.key === hovered}
            renaming={renaming?.place === "list" && renaming.key === row.key}
            sectionEnd={first + index === lastPinned}
            words={words}
          />
        ))}
      </div>
    </div>
  );
}
