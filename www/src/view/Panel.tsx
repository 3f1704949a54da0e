import { useEffect } from "preact/hooks";
import type { SessionRow } from "sessionwire";
import type { Conversation } from "../state/conversation";
import { goalStatus, titleOf } from "../text";
import { Composer } from "./Composer";
import { ConnectionBadge, StaleBanner } from "./ConnectionBadge";
import { useDesk } from "./desk";
import { EditableTitle, RenameRefusal } from "./EditableTitle";
import { Ended, Restarted } from "./Endings";
import { focusList } from "./focus";
import { ArchiveIcon, BackIcon, CloseIcon, PinIcon, ResetIcon, RestoreIcon, Ring, TrashIcon } from "./icons";
import { Transcript } from "./Transcript";

/** The open session, or a word on how to open one. */
export function Panel() {
  const { picker, actions } = useDesk();
  const conversation = picker.conversation.value;
  const row = picker.openRow.value;
  useEffect(() => {
    if (row) void actions.read(row);
  }, [conversation, row?.lastMessagePreview]);
  if (!conversation) return <Nothing />;
  const ended = conversation.ended.value !== null;
  return (
    <section
      key={conversation.key}
      class="panel"
      aria-label={row ? titleOf(row) : conversation.name}
      data-testid="panel"
      data-key={conversation.key}
      data-ended={ended}
    >
      <PanelHeader conversation={conversation} row={ended ? undefined : row} />
      <StaleBanner inPanel />
      {ended ? (
        <Ended conversation={conversation} />
      ) : (
        <>
          <Restarted conversation={conversation} />
          <Transcript conversation={conversation} />
          <Composer conversation={conversation} />
        </>
      )}
    </section>
  );
}

function PanelHeader({ conversation, row }: { conversation: Conversation; row: SessionRow | undefined }) {
  const { picker, actions } = useDesk();
  const title = row ? titleOf(row) : conversation.name;
  const renaming = picker.renaming.value;
  const refused = row && renaming?.place === "panel" && renaming.key === row.key ? renaming.refused : undefined;
  const close = () => {
    picker.close();
    focusList();
  };
  return (
    <header class="panel-head">
      <button class="tool panel-back" aria-label="Back to the list" title="Back (Esc)" data-testid="back" onClick={close}>
        <BackIcon />
      </button>
      <div class="panel-name">
        <PanelTitle title={title} row={row} />
        {refused ? (
          <p class="panel-key">
            <RenameRefusal why={refused.why} />
          </p>
        ) : (
          <p class="panel-key" title={conversation.key}>
            <ConnectionBadge inPanel />
            <code>{conversation.key}</code>
            {row?.category && <span class="tag">{row.category}</span>}
            {row?.archived && <span class="tag tag-quiet">archived</span>}
          </p>
        )}
      </div>
      {row && (
        <div class="panel-tools" role="toolbar" aria-label="Session">
          <button
            class="tool"
            aria-pressed={row.pinned ?? false}
            aria-label={row.pinned ? "Unpin" : "Pin"}
            title={row.pinned ? "Unpin (p)" : "Pin (p)"}
            data-testid="pin"
            disabled={!picker.may("operator.write")}
            onClick={() => void actions.togglePin(row)}
          >
            <PinIcon />
          </button>
          <button
            class="tool"
            aria-label={row.archived ? "Restore" : "Archive"}
            title={row.archived ? "Restore (a)" : "Archive (a)"}
            data-testid="archive"
            disabled={!picker.may("operator.write")}
            onClick={() => void actions.toggleArchive(row)}
          >
            {row.archived ? <RestoreIcon /> : <ArchiveIcon />}
          </button>
          <button
            class="tool"
            aria-label="Reset"
            title="Reset the conversation"
            data-testid="reset"
            disabled={!picker.may("operator.admin")}
            onClick={() => (picker.dialog.value = { kind: "reset", row })}
          >
            <ResetIcon />
          </button>
          <button
            class="tool tool-danger"
            aria-label="Delete"
            title="Delete (Del)"
            data-testid="delete"
            disabled={!picker.may("operator.admin")}
            onClick={() => (picker.dialog.value = { kind: "delete", row })}
          >
            <TrashIcon />
          </button>
        </div>
      )}
      <button class="tool panel-close" aria-label="Close" title="Close (Esc)" data-testid="close" onClick={close}>
        <CloseIcon />
      </button>
      {row?.goal && (
        <p class="panel-goal" data-testid="panel-goal" data-status={row.goal.status}>
          <Ring status={row.goal.status} working={false} />
          <span class="panel-goal-text" title={row.goal.objective}>
            {row.goal.objective}
          </span>
          <span class="panel-goal-status">{goalStatus(row.goal.status)}</span>
        </p>
      )}
    </header>
  );
}

function PanelTitle({ title, row }: { title: string; row: SessionRow | undefined }) {
  const { picker, actions } = useDesk();
  const renaming = picker.renaming.value;
  if (row && renaming?.place === "panel" && renaming.key === row.key) {
    return (
      <EditableTitle
        value={row.label ?? ""}
        placeholder={title}
        refused={renaming.refused}
        onDone={(name) => {
          picker.renaming.value = null;
          if (name !== null) void actions.rename(row, name, "panel");
        }}
      />
    );
  }
  return (
    <h2 class="panel-title" data-testid="panel-title" data-pending={row?.pending ?? false}>
      {row && picker.may("operator.write") ? (
        <button title="Rename" onClick={() => (picker.renaming.value = { key: row.key, place: "panel" })}>
          {title}
        </button>
      ) : (
        <span>{title}</span>
      )}
    </h2>
  );
}

function Nothing() {
  const { picker } = useDesk();
  if (picker.empty.value) return <section class="panel panel-nothing" aria-hidden="true" />;
  return (
    <section class="panel panel-nothing" data-testid="panel-nothing" aria-label="No session is open">
      <p>No session is open</p>
      <ul>
        <li>
          <kbd>↑</kbd>
          <kbd>↓</kbd> move
        </li>
        <li>
          <kbd>Enter</kbd> open
        </li>
        <li>
          <kbd>/</kbd> search
        </li>
        <li>
          <kbd>n</kbd> new
        </li>
        <li>
          <kbd>?</kbd> all shortcuts
        </li>
      </ul>
    </section>
  );
}
