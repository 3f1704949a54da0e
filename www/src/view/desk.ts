import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Actions } from "../state/actions";
import type { Picker } from "../state/picker";

/** What every component may use. */
export interface Desk {
  picker: Picker;
  actions: Actions;
  /** The gateway's WebSocket address. */
  gateway: string;
  /** Starts over with another token. */
  signIn: (token: string) => void;
}

/** Hands the desk to the components. */
export const DeskContext = createContext<Desk | null>(null);

/** The desk. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("a component was rendered outside the picker");
  return desk;
}
