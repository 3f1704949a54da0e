import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  value: string;
  placeholder: string;
  onDone: (name: string | null) => void;
}

/** A name being changed in place: Enter or leaving takes it, Escape does not. */
export function EditableTitle({ value, placeholder, onDone }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useLayoutEffect(() => {
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
      defaultValue={value}
      placeholder={placeholder}
      maxLength={512}
      autocomplete="off"
      spellcheck={false}
      onClick={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
      onBlur={(event) => finish(event.currentTarget.value)}
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
