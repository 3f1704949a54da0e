import type { GoalStatus } from "sessionwire";
import type { ComponentChildren } from "preact";

function icon(drawing: ComponentChildren) {
  return function Icon() {
    return (
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {drawing}
      </svg>
    );
  };
}

export const SearchIcon = icon(<path d="M7.2 12a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6ZM10.8 10.8 14 14" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const PinIcon = icon(<path d="M9.6 2.2 13.8 6.4 11 7.6 8.9 11.6 4.4 7.1 8.4 5ZM6.5 9.5 2.5 13.5" />);
export const ArchiveIcon = icon(<path d="M2.2 3.2h11.6v2.9H2.2ZM3.2 6.1v6.7h9.6V6.1M6.4 8.7h3.2" />);
export const RestoreIcon = icon(<path d="M2.2 3.2h11.6v2.9H2.2ZM3.2 6.1v6.7h9.6V6.1M8 11.2V8M6.4 9.3 8 7.8l1.6 1.5" />);
export const ResetIcon = icon(<path d="M3.2 8a4.8 4.8 0 1 0 1.6-3.6L3 6M3 2.8V6h3.2" />);
export const TrashIcon = icon(<path d="M2.8 4.3h10.4M6.2 4.2V2.6h3.6v1.6M4 4.4l.7 9h6.6l.7-9M6.7 6.8v4M9.3 6.8v4" />);
export const PencilIcon = icon(<path d="m3 13 .7-3L10.6 3 13 5.4 6 12.3ZM9.4 4.3l2.3 2.3" />);
export const BackIcon = icon(<path d="M10 3 5 8l5 5" />);
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const SendIcon = icon(<path d="M8 13V3.4M3.8 7.4 8 3.2l4.2 4.2" />);
export const CopyIcon = icon(<path d="M5.6 5.6h7.2v7.2H5.6ZM10.4 5.4V3.2H3.2v7.2h2.2" />);
export const CheckIcon = icon(<path d="m3.4 8.4 3 3 6.2-6.6" />);
export const AlertIcon = icon(<path d="M8 2.4 14.4 13.4H1.6ZM8 6.4v3.4M8 11.6v.1" />);
export const DownIcon = icon(<path d="M8 3v9.6M3.8 8.6 8 12.8l4.2-4.2" />);

/** The product's mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M7.5 11h10M7.5 16.5h17M7.5 22h8" />
      <circle cx="23.5" cy="11" r="2.3" />
    </svg>
  );
}

/** How a session's goal stands, as a ring; a session at work has a turning one. */
export function Ring({ status, working }: { status: GoalStatus | undefined; working: boolean }) {
  const kind = working ? "working" : (status ?? "none");
  return (
    <svg class={`ring ring-${kind}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle class="ring-track" cx="8" cy="8" r={kind === "none" ? 2 : 5.6} />
      {working && <path class="ring-arc" d="M8 2.4A5.6 5.6 0 0 1 13.6 8" />}
      {!working && status === "active" && <path class="ring-fill" d="M8 4.6a3.4 3.4 0 0 1 0 6.8Z" />}
      {!working && status === "complete" && <path class="ring-line" d="m5.4 8.2 1.8 1.8 3.4-3.8" />}
      {!working && status === "paused" && <path class="ring-line" d="M6.7 6.1v3.8M9.3 6.1v3.8" />}
      {!working && status !== undefined && /blocked|limited/.test(status) && (
        <path class="ring-line" d="M8 5.2v3.2M8 10.6v.1" />
      )}
    </svg>
  );
}
