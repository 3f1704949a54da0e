import { useEffect, useState } from "preact/hooks";
import { remedy } from "../state/connection";
import { clock, sentence } from "../text";
import { useDesk } from "./desk";

/** How the connection is. The open session shows it too, as it may cover the list. */
export function ConnectionBadge({ inPanel = false }) {
  const { picker, gateway } = useDesk();
  const connection = picker.connection.value;
  const seconds = useSecondsUntil(connection.phase === "reconnecting" ? connection.retryAt : null);
  const text = {
    connecting: "Connecting…",
    live: picker.loaded.value ? "Live" : "Loading…",
    reconnecting: seconds === null ? "Reconnecting…" : `Reconnecting in ${seconds} s`,
    refused: "Refused",
  }[connection.phase];
  const state = connection.phase === "live" && !picker.loaded.value ? "connecting" : connection.phase;
  return (
    <span
      class="badge"
      data-testid={inPanel ? "panel-connection" : "connection"}
      data-state={state}
      title={connection.phase === "live" ? `${gateway}, version ${connection.version}` : gateway}
    >
      <span class="badge-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

/** Says that the list is not live, since when, and what can be done. */
export function StaleBanner({ inPanel = false }) {
  const { picker, actions, signIn } = useDesk();
  const connection = picker.connection.value;
  if (connection.phase !== "reconnecting" && connection.phase !== "refused") return null;
  if (connection.phase === "refused") {
    return (
      <div class="banner banner-danger" role="alert" data-testid={inPanel ? "panel-refused-banner" : "refused-banner"}>
        <p>
          <strong>The gateway refused: {connection.error.message}</strong>
          <span>{remedy(connection.error)}</span>
        </p>
        <button class="button" onClick={() => signIn("")}>
          Sign in again
        </button>
      </div>
    );
  }
  return (
    <div class="banner" data-testid={inPanel ? "panel-stale-banner" : "stale-banner"}>
      <p>
        <strong>Not live: the list as of {clock(connection.since)}.</strong>
        {connection.error && <span>{sentence(connection.error.message)}</span>}
      </p>
      <button
        class="button"
        data-testid={inPanel ? "panel-retry" : "retry"}
        disabled={connection.retryAt === null}
        onClick={() => void actions.retry()}
      >
        Retry now
      </button>
    </div>
  );
}

/** Whole seconds until a moment, counting down; null without one. */
export function useSecondsUntil(moment: number | null): number | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (moment === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [moment]);
  return moment === null ? null : Math.max(0, Math.ceil((moment - now) / 1000));
}
