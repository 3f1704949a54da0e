import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { commands, completions } from "../state/commands";
import type { Conversation } from "../state/conversation";
import { CommandMenu } from "./CommandMenu";
import { useDesk } from "./desk";
import { SendIcon } from "./icons";

const TALLEST = 200;

/** Where messages and commands are written. */
export function Composer({ conversation }: { conversation: Conversation }) {
  const { picker } = useDesk();
  const input = useRef<HTMLTextAreaElement>(null);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const draft = conversation.draft.value;
  const live = picker.connection.value.phase === "live";
  const may = picker.may("operator.write");
  const offered = dismissed ? [] : completions(draft, commands.value);
  const choice = Math.min(chosen, offered.length - 1);

  useEffect(() => {
    if (conversation.typing) input.current?.focus();
  }, []);
  useLayoutEffect(() => {
    if (!input.current) return;
    input.current.style.height = "auto";
    input.current.style.height = `${Math.min(TALLEST, input.current.scrollHeight)}px`;
  }, [draft]);

  const write = (text: string) => {
    conversation.draft.value = text;
    setChosen(0);
    setDismissed(false);
  };
  const complete = (index: number) => {
    const command = offered[index];
    if (!command) return;
    write(`/${command.name}${command.takesText ? " " : ""}`);
    input.current?.focus();
  };
  const send = () => {
    const text = draft.trim();
    if (!text || !may) return;
    write("");
    void conversation.send(text);
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const exact = offered[choice] && draft === `/${offered[choice].name}`;
    if (offered.length && event.key === "ArrowDown") setChosen((choice + 1) % offered.length);
    else if (offered.length && event.key === "ArrowUp") setChosen((choice + offered.length - 1) % offered.length);
    else if (offered.length && event.key === "Tab") complete(choice);
    else if (offered.length && event.key === "Escape") setDismissed(true);
    else if (offered.length && event.key === "Enter" && !exact) complete(choice);
    else if (event.key === "Enter" && !event.shiftKey) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <form
      class="composer"
      data-testid="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {offered.length > 0 && <CommandMenu offered={offered} chosen={choice} onChoose={complete} />}
      <div class="composer-box">
        <textarea
          ref={input}
          rows={1}
          data-testid="message"
          aria-label="Message"
          aria-autocomplete="list"
          aria-controls={offered.length ? "commands" : undefined}
          aria-activedescendant={offered.length ? `command-${choice}` : undefined}
          placeholder={placeholder(live, may)}
          value={draft}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button class="send" data-testid="send" aria-label="Send" title="Send (Enter)" disabled={!may || !draft.trim()}>
          <SendIcon />
        </button>
      </div>
    </form>
  );
}

function placeholder(live: boolean, may: boolean): string {
  if (!live) return "Not connected. What you write is kept.";
  return may ? "Message, or / for commands" : "This token may only read.";
}
