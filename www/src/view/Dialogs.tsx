import type { SessionRow } from "sessionwire";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { SHORTCUTS } from "../keyboard";
import { titleOf } from "../text";
import { useDesk } from "./desk";
import { focusList } from "./focus";

/** The dialog that is open, if any. */
export function Dialogs() {
  const { picker } = useDesk();
  const dialog = picker.dialog.value;
  switch (dialog?.kind) {
    case "help":
      return <Help />;
    case "new":
      return <NewSession label={dialog.label} />;
    case "delete":
    case "reset":
      return <Confirm key={dialog.kind} kind={dialog.kind} row={dialog.row} />;
    default:
      return null;
  }
}

function Modal({ title, children }: { title: string; children: ComponentChildren }) {
  const { picker } = useDesk();
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const former = document.activeElement;
    element.current?.showModal();
    return () => {
      if (former instanceof HTMLElement && former.isConnected && former !== document.body) former.focus();
      else focusList();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-label={title}
      data-testid="dialog"
      onClose={() => (picker.dialog.value = null)}
      onMouseDown={(event) => event.target === element.current && element.current?.close()}
    >
      <div class="dialog-body">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

function Help() {
  const { picker } = useDesk();
  return (
    <Modal title="Shortcuts">
      <dl class="shortcuts" data-testid="help">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button class="button" onClick={() => (picker.dialog.value = null)}>
          Close
        </button>
      </div>
    </Modal>
  );
}

function Confirm({ kind, row }: { kind: "delete" | "reset"; row: SessionRow }) {
  const { picker, actions } = useDesk();
  const title = titleOf(row);
  return (
    <Modal title={kind === "delete" ? `Delete “${title}”?` : `Reset “${title}”?`}>
      <p>
        {kind === "delete"
          ? "The session and its conversation go for good, and everyone who holds it is told."
          : "Its conversation and goal go for good, and everyone who holds it is told. Name, pin and key stay."}
      </p>
      <div class="dialog-buttons">
        <button class="button" data-testid="cancel" autoFocus onClick={() => (picker.dialog.value = null)}>
          Cancel
        </button>
        <button
          class="button button-danger"
          data-testid="confirm"
          disabled={!picker.may("operator.admin")}
          onClick={() => {
            picker.dialog.value = null;
            void actions[kind](row);
          }}
        >
          {kind === "delete" ? "Delete" : "Reset"}
        </button>
      </div>
    </Modal>
  );
}

function NewSession({ label }: { label: string }) {
  const { picker, actions } = useDesk();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const agents = picker.agents.value;
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    setBusy(true);
    try {
      const key = await actions.create({
        ...(field("label") && { label: field("label") }),
        ...(field("agent") && { agentId: field("agent") }),
        ...(field("message") && { message: field("message") }),
      });
      picker.dialog.value = null;
      picker.open(key, true);
    } catch (error) {
      setBusy(false);
      setProblem((error as Error).message);
    }
  };
  return (
    <Modal title="New session">
      <form class="fields" onSubmit={(event) => void create(event)}>
        <label>
          Name
          <input
            name="label"
            data-testid="new-name"
            defaultValue={label}
            maxLength={512}
            autocomplete="off"
            placeholder="Optional"
            autoFocus
          />
        </label>
        {agents.length > 1 && (
          <label>
            Agent
            <select name="agent" data-testid="new-agent" defaultValue={picker.agent.value ?? ""}>
              <option value="">Default</option>
              {agents.map((agent) => (
                <option key={agent} value={agent}>
                  {agent}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          First message
          <textarea name="message" data-testid="new-message" rows={3} placeholder="Optional" />
        </label>
        {problem && (
          <p class="field-problem" role="alert">
            {problem}
          </p>
        )}
        <div class="dialog-buttons">
          <button type="button" class="button" data-testid="cancel" onClick={() => (picker.dialog.value = null)}>
            Cancel
          </button>
          <button class="button button-primary" data-testid="create" disabled={busy || !picker.may("operator.write")}>
            Create
          </button>
        </div>
      </form>
    </Modal>
  );
}
