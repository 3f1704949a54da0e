import { useRef } from "preact/hooks";
import { type Refusal, remedy } from "../state/connection";
import { AlertIcon, Mark } from "./icons";

interface Props {
  gateway: string;
  /** Why the last token was not good. */
  refusal: Refusal | null;
  onToken: (token: string) => void;
}

/** Asks for the gateway's token. */
export function SignIn({ gateway, refusal, onToken }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <main class="sign-in">
      <form
        data-testid="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          onToken(input.current?.value.trim() ?? "");
        }}
      >
        <Mark />
        <h1>Sign in to Sessionwire</h1>
        <p>
          Open the address that <code>sessionwire serve</code> printed, or enter its token.
        </p>
        {refusal && (
          <div class="refusal" role="alert" data-testid="refusal">
            <AlertIcon />
            <div>
              <strong>The gateway refused</strong>
              <q>{refusal.message}</q>
              <p>{remedy(refusal)}</p>
            </div>
          </div>
        )}
        <label>
          Token
          <input
            ref={input}
            type="password"
            name="token"
            data-testid="token"
            autocomplete="off"
            spellcheck={false}
            autoFocus
          />
        </label>
        <button class="button button-primary" data-testid="sign-in-button">
          Connect
        </button>
        <p class="sign-in-gateway">
          Gateway <code>{gateway}</code>
        </p>
      </form>
    </main>
  );
}
