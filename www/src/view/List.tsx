import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDesk } from "./desk";
import { ROW_HEIGHT } from "./focus";
import { Row, rowId } from "./Row";
import { useWindow } from "./window";

/** How near to the last row the next ones are asked for. */
const NEAR = 30;

/** The live list. Only the rows around the screen are in the document. */
export function List() {
  const { picker } = useDesk();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = picker.rows.value;
  const { filter, hasMore } = picker.sessions.shown.value!;
  const phrase = filter.query.trim();
  const { first, end, reveal } = useWindow(scroller, rows, filter);

  useEffect(() => {
    if (end > rows.length - NEAR) picker.sessions.loadMore();
  }, [end, rows]);

  const active = picker.active.value;
  const moves = picker.moves.value;
  useLayoutEffect(() => {
    const index = rows.findIndex((row) => row.key === active);
    // With the last row comes what stands below it, which is as high.
    const end = hasMore && index === rows.length - 1;
    if (moves && index >= 0) reveal(end ? index + 1 : index);
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
      aria-rowcount={hasMore ? -1 : rows.length}
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
            renaming={renaming?.place === "list" && renaming.key === row.key ? renaming : null}
            sectionEnd={first + index === lastPinned}
            phrase={phrase}
          />
        ))}
      </div>
      {hasMore && <More />}
    </div>
  );
}

/** The end of what is loaded. Mostly the next rows are there before anybody sees it. */
function More() {
  const { picker } = useDesk();
  const loading = picker.sessions.loadingMore.value;
  return (
    <div class="list-more" role="row">
      <div role="gridcell">
        <button
          class="button"
          data-testid="load-more"
          aria-busy={loading}
          onClick={(event) => {
            event.stopPropagation();
            picker.sessions.loadMore();
          }}
        >
          {loading ? "Loading more…" : "Load more"}
        </button>
      </div>
    </div>
  );
}
