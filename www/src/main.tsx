import { effect } from "@preact/signals";
import { render } from "preact";
import { followAddress } from "./address";
import { dial, gatewayUrl, keepToken, takeToken } from "./client";
import { handleKey } from "./keyboard";
import { Actions } from "./state/actions";
import { loadCommands } from "./state/commands";
import { Picker } from "./state/picker";
import { App } from "./view/App";
import { DeskContext, type Desk } from "./view/desk";
import { SignIn } from "./view/SignIn";
import "./style/index.css";

const root = document.getElementById("picker")!;
const gateway = gatewayUrl(location);

function start(token: string): void {
  const picker = new Picker();
  const dialing = dial(gateway, token, (status) => picker.connectionChanged(status));
  const desk: Desk = { picker, actions: new Actions(dialing, picker), gateway, signIn };
  dialing.then(
    (client) => {
      picker.attach(client);
      effect(() => {
        if (picker.connection.value.phase === "live") void loadCommands(client);
      });
    },
    (error: Error) => (picker.broken.value = error.message),
  );
  followAddress(picker);
  addEventListener("keydown", (event) => handleKey(event, desk));
  render(
    <DeskContext.Provider value={desk}>
      <App />
    </DeskContext.Provider>,
    root,
  );
}

/** A fresh page is the one way to start over that leaves nothing behind. */
function signIn(token: string): void {
  keepToken(gateway, token);
  location.reload();
}

const token = takeToken(gateway);
if (token === null) render(<SignIn gateway={gateway} refusal={null} onToken={signIn} />, root);
else start(token);

// A new `#token=…` in the address of an open tab.
addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("token")) location.reload();
});
