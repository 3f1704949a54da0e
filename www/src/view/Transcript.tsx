import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Conversation, HISTORY, type Outgoing, type Run } from "../state/conversation";
import type { Entry } from "../state/transcript";
import { clock, dayOf, moment } from "../text";
import { AlertIcon, DownIcon } from "./icons";

const NEAR_END = 80;

/** What was said, the newest at the end and in view unless the user scrolled away from it. */
export function Transcript({ conversation }: { conversation: Conversation }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const entries = conversation.entries.value;
  const outgoing = conversation.outgoing.value;
  const run = conversation.run.value;
  const failure = conversation.failure.value;
  const loading = conversation.loading.value;

  const toEnd = () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  useLayoutEffect(() => {
    if (following) toEnd();
  }, [entries, outgoing, run, failure, loading]);
  useLayoutEffect(toEnd, [outgoing.length]);

  const nothing = loading.state === "ready" && !entries.length && !outgoing.length && !run;
  return (
    <div class="transcript-frame">
      <div
        ref={scroller}
        class="transcript"
        role="log"
        aria-label="Conversation"
        tabIndex={0}
        data-testid="transcript"
        data-state={loading.state}
        onScroll={({ currentTarget: it }) => setFollowing(it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END)}
      >
        {entries.length === HISTORY && <p class="transcript-note">The last {HISTORY} messages</p>}
        {loading.state === "loading" && !entries.length && <TranscriptSkeleton />}
        {loading.state === "failed" && (
          <div class="transcript-failed" role="alert">
            <p>The conversation could not be read: {loading.message}</p>
            <button class="button" onClick={() => void conversation.load()}>
              Try again
            </button>
          </div>
        )}
        {nothing && <p class="transcript-nothing">Nothing was said yet. Write a message, or type / for commands.</p>}
        <Entries entries={entries} />
        {outgoing.map((message) => (
          <OutgoingMessage key={message.id} message={message} conversation={conversation} />
        ))}
        {run && <RunMessage run={run} />}
        {failure && (
          <p class="run-failure" role="alert">
            <AlertIcon /> {failure}
          </p>
        )}
      </div>
      {!following && (
        <button class="to-end" onClick={toEnd}>
          <DownIcon /> Newest
        </button>
      )}
    </div>
  );
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  const now = Date.now();
  let day = "";
  return (
    <>
      {entries.map((entry) => {
        const itsDay = entry.at === null ? day : dayOf(entry.at, now);
        const heading = itsDay !== day && itsDay;
        day = itsDay;
        return (
          <div key={entry.id} class="turn">
            {heading && <h3 class="day">{heading}</h3>}
            <Message entry={entry} />
          </div>
        );
      })}
    </>
  );
}

function Message({ entry }: { entry: Entry }) {
  const { role, text, at } = entry;
  const command = role === "user" && /^\/[a-z]/i.test(text);
  return (
    <article class={`message message-${knownRole(role)}`} data-testid="entry" data-role={role} data-command={command}>
      <header class="message-head">
        <span>{role === "user" ? "You" : role === "assistant" ? "Agent" : role}</span>
        {at !== null && <time title={moment(at)}>{clock(at)}</time>}
      </header>
      <div class="message-text">{text}</div>
    </article>
  );
}

function OutgoingMessage({ message, conversation }: { message: Outgoing; conversation: Conversation }) {
  return (
    <article class="message message-user message-outgoing" data-testid="entry-outgoing" data-failed={message.failure !== null}>
      <div class="message-text">{message.text}</div>
      {message.failure !== null && (
        <p class="message-failure" role="alert">
          Not sent: {message.failure}
          <button class="link" onClick={() => void conversation.send(message.text, message.id)}>
            Try again
          </button>
          <button class="link" onClick={() => conversation.discard(message.id)}>
            Discard
          </button>
        </p>
      )}
    </article>
  );
}

function RunMessage({ run }: { run: Run }) {
  return (
    <article class="message message-assistant" data-testid="entry-run" aria-busy="true">
      <header class="message-head">
        <span>Agent</span>
      </header>
      <div class="message-text">
        {run.text}
        <span class="working">{!run.text && "Working"}</span>
      </div>
    </article>
  );
}

function TranscriptSkeleton() {
  return (
    <div class="transcript-skeleton" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}

function knownRole(role: string): string {
  return role === "user" || role === "assistant" ? role : "other";
}
