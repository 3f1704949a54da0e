import { useState } from "preact/hooks";
import { httpUrl } from "../client";
import { count, sentence } from "../text";
import { useSecondsUntil } from "./ConnectionBadge";
import { useDesk } from "./desk";
import { AlertIcon, CheckIcon, CopyIcon, PlusIcon } from "./icons";

/** The outline of a list that has not arrived. */
export function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Loading the sessions" data-testid="skeleton">
      {Array.from({ length: 14 }, (_, index) => (
        <div key={index} class="skeleton-row">
          <i style={{ width: `${30 + ((index * 37) % 40)}%` }} />
          <i style={{ width: `${50 + ((index * 53) % 42)}%` }} />
        </div>
      ))}
    </div>
  );
}

/** There are no sessions: how to make one. */
export function Empty() {
  const { picker, gateway } = useDesk();
  const http = httpUrl(gateway);
  return (
    <div class="state" data-testid="empty">
      <h2>No sessions yet</h2>
      <p>Create the first one here, or from anywhere: it appears in this list at once.</p>
      <button
        class="button button-primary"
        disabled={!picker.may("operator.write")}
        onClick={() => (picker.dialog.value = { kind: "new", label: "" })}
      >
        <PlusIcon /> New session <kbd>n</kbd>
      </button>
      <CommandLine
        name="With curl"
        line={`curl ${http}/v1/chat/sessions \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H "Content-Type: application/json" \\\n  -d '{"label":"Hello"}'`}
      />
      <CommandLine
        name="With the OpenClaw CLI"
        line={`openclaw gateway call sessions.create \\\n  --url ${gateway} \\\n  --token "$TOKEN" \\\n  --params '{"label":"Hello"}'`}
      />
    </div>
  );
}

/** The filter lets nothing through. */
export function NoMatches() {
  const { picker } = useDesk();
  const query = picker.query.value.trim();
  const heldBack = picker.heldBack.value ?? 0;
  return (
    <div class="state" data-testid="no-matches">
      <h2>{query ? `Nothing matches “${query}”` : "Nothing to show"}</h2>
      <p>Search looks at names, keys, goals, categories and models.</p>
      <div class="state-buttons">
        {heldBack > 0 && (
          <button class="button" onClick={() => (picker.archived.value = true)}>
            Show {count(heldBack, "archived session")}
          </button>
        )}
        {query && (
          <button
            class="button"
            disabled={!picker.may("operator.write")}
            onClick={() => (picker.dialog.value = { kind: "new", label: query })}
          >
            <PlusIcon /> Create “{query}”
          </button>
        )}
        <button
          class="button"
          onClick={() => {
            picker.query.value = "";
            picker.agent.value = null;
          }}
        >
          Show all
        </button>
      </div>
    </div>
  );
}

/** The gateway was never reached. */
export function Unreachable() {
  const { picker, actions, gateway } = useDesk();
  const connection = picker.connection.value;
  const seconds = useSecondsUntil(connection.phase === "reconnecting" ? connection.retryAt : null);
  if (connection.phase !== "reconnecting") return null;
  return (
    <div class="state" data-testid="unreachable">
      <AlertIcon />
      <h2>The gateway does not answer</h2>
      <p>
        Nothing is listening at <code>{gateway}</code>, or something is in the way. Start it with{" "}
        <code>sessionwire serve</code>.
      </p>
      {connection.error && <p class="state-cause">{sentence(connection.error.message)}</p>}
      <button class="button" data-testid="retry" disabled={connection.retryAt === null} onClick={() => void actions.retry()}>
        {seconds === null ? "Trying…" : `Retry now (or wait ${seconds} s)`}
      </button>
    </div>
  );
}

/** The picker could not start. */
export function Broken({ message }: { message: string }) {
  return (
    <div class="state" role="alert" data-testid="broken">
      <AlertIcon />
      <h2>The picker could not start</h2>
      <p class="state-cause">{message}</p>
      <button class="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}

function CommandLine({ name, line }: { name: string; line: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(line);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <figure class="command-line">
      <figcaption>{name}</figcaption>
      <pre>{line}</pre>
      {"clipboard" in navigator && (
        <button class="tool" title="Copy" aria-label={`Copy: ${name}`} onClick={() => void copy()}>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </button>
      )}
    </figure>
  );
}
