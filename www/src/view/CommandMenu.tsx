import { useLayoutEffect, useRef } from "preact/hooks";
import type { Command } from "../state/commands";

interface Props {
  offered: readonly Command[];
  chosen: number;
  onChoose: (index: number) => void;
}

/** The commands that a draft may become. */
export function CommandMenu({ offered, chosen, onChoose }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <ul ref={list} id="commands" class="commands" role="listbox" aria-label="Commands" data-testid="commands">
      {offered.map((command, index) => (
        <li
          key={command.name}
          id={`command-${index}`}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(index)}
        >
          <code>/{command.name}</code>
          <span>{command.description}</span>
        </li>
      ))}
    </ul>
  );
}
