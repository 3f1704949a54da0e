import { useLayoutEffect, useRef } from "preact/hooks";
import type { Renaming } from "../state/picker";

interface Props {
  value: string;
  placeholder: string;
  /** The name that was refused, to be corrected. */
  refused: Renaming["refused"];
  onDone: (name: string | null) => void;
}

/** A name being changed in place: Enter or leaving takes it, Escape does not. */
export function EditableTitle({ value, placeholder, refused, onDone }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useLayoutEffect(() => {
    // By the time a name is refused the user may be writing elsewhere.
    if (refused && document.activeElement?.matches("input, textarea")) return;
    input.current?.focus();
    input.current?.select();
  }, []);
  const finish = (name: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(name);
  };
  return (
    <input
      ref={input}
      class="title-input"
      data-testid="rename-input"
      aria-label="Name"
      aria-invalid={refused !== undefined}
      aria-errormessage={refused && REFUSAL}
      defaultValue={refused?.name ?? value}
      placeholder={placeholder}
      maxLength={512}
      autocomplete="off"
      spellcheck={false}
      onClick={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
      onBlur={({ currentTarget: { value } }) => finish(value === refused?.name ? null : value)}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Enter") finish(event.currentTarget.value);
        else if (event.key === "Escape") finish(null);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

/** Why the name was refused. */
export function RenameRefusal({ why }: { why: string }) {
  return (
    <span id={REFUSAL} class="rename-refusal" role="alert" data-testid="rename-refusal" title={why}>
      {why}
    </span>
  );
}

const REFUSAL = "rename-refusal";
