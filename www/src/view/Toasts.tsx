import { useEffect, useState } from "preact/hooks";
import type { Toast } from "../state/toasts";
import { goesOn } from "../text";
import { useDesk } from "./desk";
import { AlertIcon, CheckIcon, CloseIcon, ResetIcon, TrashIcon } from "./icons";

const STAY_MS = { notice: 5_000, evicted: 8_000, error: 12_000 };

/** Notices in the corner; read out to those who do not see them. */
export function Toasts() {
  const { picker } = useDesk();
  return (
    <div class="toasts" role="log" aria-live="polite" aria-label="Notices">
      {picker.toasts.shown.value.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const { picker } = useDesk();
  const [held, setHeld] = useState(false);
  const dismiss = () => picker.toasts.dismiss(toast.id);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(dismiss, STAY_MS[toast.tone]);
    return () => clearTimeout(timer);
  }, [held, toast.at]);
  return (
    <div
      class={`toast toast-${toast.tone}`}
      data-testid="toast"
      data-tone={toast.tone}
      data-reason={toast.evictions?.reason}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <ToastIcon toast={toast} />
      <div class="toast-text">
        <strong>{toast.title}</strong>
        {toast.detail && <span>{toast.detail}</span>}
      </div>
      {toast.action && (
        <button
          class="button"
          onClick={() => {
            toast.action?.run();
            dismiss();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button class="tool" aria-label="Dismiss" onClick={dismiss}>
        <CloseIcon />
      </button>
    </div>
  );
}

function ToastIcon({ toast }: { toast: Toast }) {
  if (toast.tone === "error") return <AlertIcon />;
  if (toast.tone === "notice") return <CheckIcon />;
  return toast.evictions && goesOn(toast.evictions.reason) ? <ResetIcon /> : <TrashIcon />;
}
