import { useState } from "preact/hooks";
import type { EvictedEvent } from "sessionwire";
import type { Conversation } from "../state/conversation";
import { clock, ending, moment } from "../text";
import { useDesk } from "./desk";
import { focusList } from "./focus";
import { CloseIcon, ResetIcon, TrashIcon } from "./icons";

/** Who went, when and why, in the place of the conversation. */
export function Ended({ conversation }: { conversation: Conversation }) {
  const { picker } = useDesk();
  const event = conversation.ended.value;
  const draft = conversation.draft.value;
  if (!event) return null;
  const { verb, meaning } = ending(event.reason);
  const at = event.ts ?? conversation.evictedAt;
  const close = () => {
    picker.close();
    focusList();
  };
  return (
    <div class="ended" role="alert" data-testid="evicted" data-reason={event.reason}>
      <TrashIcon />
      <h3>
        “{conversation.name}” {verb}
      </h3>
      <p>{meaning}</p>
      <dl>
        <div>
          <dt>{event.inferred ? "Noticed" : "When"}</dt>
          <dd title={moment(at)}>
            {clock(at)}
            {event.inferred && ", after the connection was back"}
          </dd>
        </div>
        <div>
          <dt>Session</dt>
          <dd>
            <code>{event.key}</code>
          </dd>
        </div>
        {event.sessionId && (
          <div>
            <dt>Id</dt>
            <dd>
              <code>{event.sessionId}</code>
            </dd>
          </div>
        )}
      </dl>
      {draft && (
        <label class="ended-draft">
          What you were about to send
          <textarea readOnly rows={3} value={draft} />
        </label>
      )}
      <div class="state-buttons">
        <button class="button" data-testid="evicted-close" onClick={close}>
          Back to the list
        </button>
        {picker.rows.value.some(({ key }) => key === event.key) && (
          <button class="button button-primary" onClick={() => picker.open(event.key)}>
            Open its successor
          </button>
        )}
      </div>
    </div>
  );
}

/** That the session began again under the user's eyes. */
export function Restarted({ conversation }: { conversation: Conversation }) {
  const [dismissed, dismiss] = useState<EvictedEvent | null>(null);
  const event = conversation.restarted.value;
  if (!event || event === dismissed) return null;
  const at = event.ts ?? conversation.evictedAt;
  const { verb, meaning } = ending(event.reason);
  return (
    <div class="restarted" role="status" data-testid="restarted" data-reason={event.reason}>
      <ResetIcon />
      <p title={moment(at)}>
        This session {verb} at {clock(at)}. {meaning}
      </p>
      <button class="tool" aria-label="Dismiss" onClick={() => dismiss(event)}>
        <CloseIcon />
      </button>
    </div>
  );
}
