import { useMemo } from "preact/hooks";
import type { SessionRow } from "sessionwire";
import type { Renaming } from "../state/picker";
import { goalStatus, titleOf } from "../text";
import { Ago } from "./Ago";
import { useDesk } from "./desk";
import { EditableTitle, RenameRefusal } from "./EditableTitle";
import { focusList, ROW_HEIGHT } from "./focus";
import { ArchiveIcon, PencilIcon, PinIcon, RestoreIcon, Ring, TrashIcon } from "./icons";
import { Marked } from "./Marked";

const FLASH_MS = 1_600;

interface Props {
  row: SessionRow;
  index: number;
  active: boolean;
  open: boolean;
  hovered: boolean;
  /** Whether its name is being changed. */
  renaming: Renaming | null;
  /** Whether it is the last of the pinned ones. */
  sectionEnd: boolean;
  phrase: string;
}

/** A session in the list. What it says is drawn again only when that changes, not when it moves. */
export function Row({ row, index, active, open, hovered, renaming, sectionEnd, phrase }: Props) {
  const { picker } = useDesk();
  const content = useMemo(() => <Content row={row} renaming={renaming} phrase={phrase} />, [row, renaming, phrase]);
  const changedAt = picker.sessions.changedAt(row.key);
  const fresh = changedAt !== undefined && performance.now() - changedAt < FLASH_MS;
  return (
    <div
      id={rowId(row.key)}
      class="row"
      role="row"
      aria-rowindex={index + 1}
      aria-selected={active}
      aria-current={open || undefined}
      data-testid="session-row"
      data-key={row.key}
      data-unread={row.unread ?? false}
      data-pinned={row.pinned ?? false}
      data-archived={row.archived ?? false}
      data-section-end={sectionEnd}
      data-hovered={hovered && !renaming}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
    >
      {fresh && <span key={changedAt} class="row-flash" aria-hidden="true" />}
      {content}
      {hovered && !renaming && <QuickActions row={row} />}
    </div>
  );
}

function Content({ row, renaming, phrase }: Pick<Props, "row" | "renaming" | "phrase">) {
  return (
    <div class="row-cell" role="gridcell">
      {row.unread && (
        <span class="row-unread">
          <span class="visually-hidden">unread</span>
        </span>
      )}
      <Ring status={row.goal?.status} working={row.hasActiveRun ?? false} />
      <div class="row-first">
        {renaming ? (
          <NewName row={row} refused={renaming.refused} />
        ) : (
          <span class="row-title" data-testid="row-title" data-pending={row.pending ?? false}>
            <Marked text={titleOf(row)} phrase={phrase} />
          </span>
        )}
        <Marks row={row} />
      </div>
      {renaming?.refused ? (
        <div class="row-second">
          <RenameRefusal why={renaming.refused.why} />
        </div>
      ) : (
        <About row={row} phrase={phrase} />
      )}
    </div>
  );
}

function About({ row, phrase }: Pick<Props, "row" | "phrase">) {
  const { picker } = useDesk();
  const preview = row.lastMessagePreview ?? (row.goal ? null : "No messages yet");
  return (
    <div class="row-second">
      {row.goal && (
        <span
          class="row-goal"
          data-alone={preview === null}
          title={`Goal, ${goalStatus(row.goal.status)}: ${row.goal.objective}`}
        >
          <span class="visually-hidden">Goal, {goalStatus(row.goal.status)}: </span>
          <Marked text={row.goal.objective} phrase={phrase} />
        </span>
      )}
      {preview !== null && (
        <span class="row-preview" data-after-goal={row.goal !== undefined}>
          {preview}
        </span>
      )}
      {picker.severalAgents.value && row.agentId && <span class="row-agent">{row.agentId}</span>}
    </div>
  );
}

function NewName({ row, refused }: { row: SessionRow; refused: Renaming["refused"] }) {
  const { picker, actions } = useDesk();
  return (
    <EditableTitle
      value={row.label ?? ""}
      placeholder={titleOf(row)}
      refused={refused}
      onDone={(name) => {
        picker.renaming.value = null;
        if (name !== null) void actions.rename(row, name, "list");
        focusList();
      }}
    />
  );
}

/** The id of a session's row in the document. */
export function rowId(key: string): string {
  return `row-${encodeURIComponent(key)}`;
}

function Marks({ row }: { row: SessionRow }) {
  return (
    <span class="row-marks">
      {row.category && <span class="tag">{row.category}</span>}
      {row.archived && <span class="tag tag-quiet">archived</span>}
      {row.hasActiveRun && <span class="visually-hidden">at work</span>}
      {row.pinned && (
        <span class="row-pin" title="Pinned">
          <PinIcon />
          <span class="visually-hidden">pinned</span>
        </span>
      )}
      {typeof row.updatedAt === "number" && <Ago at={row.updatedAt} />}
    </span>
  );
}

/** What the mouse can do without opening the session; the keyboard has letters for it. */
function QuickActions({ row }: { row: SessionRow }) {
  const { picker, actions } = useDesk();
  const write = picker.may("operator.write");
  const act = (run: () => void) => (event: Event) => {
    event.stopPropagation();
    run();
  };
  return (
    <span class="row-actions" aria-hidden="true">
      <button
        tabIndex={-1}
        class="tool"
        title="Rename (r)"
        disabled={!write}
        onClick={act(() => (picker.renaming.value = { key: row.key, place: "list" }))}
      >
        <PencilIcon />
      </button>
      <button
        tabIndex={-1}
        class="tool"
        title={row.pinned ? "Unpin (p)" : "Pin (p)"}
        disabled={!write}
        onClick={act(() => void actions.togglePin(row))}
      >
        <PinIcon />
      </button>
      <button
        tabIndex={-1}
        class="tool"
        title={row.archived ? "Restore (a)" : "Archive (a)"}
        disabled={!write}
        onClick={act(() => void actions.toggleArchive(row))}
      >
        {row.archived ? <RestoreIcon /> : <ArchiveIcon />}
      </button>
      <button
        tabIndex={-1}
        class="tool tool-danger"
        title="Delete (Del)"
        disabled={!picker.may("operator.admin")}
        onClick={act(() => (picker.dialog.value = { kind: "delete", row }))}
      >
        <TrashIcon />
      </button>
    </span>
  );
}
