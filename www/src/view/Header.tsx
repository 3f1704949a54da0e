import { narrows } from "../state/filter";
import { count } from "../text";
import { ConnectionBadge } from "./ConnectionBadge";
import { useDesk } from "./desk";
import { focusSearch } from "./focus";
import { CloseIcon, Mark, PlusIcon, SearchIcon } from "./icons";
import { rowId } from "./Row";

/** The head of the list: the connection, the search, the filters. */
export function Header() {
  const { picker } = useDesk();
  const active = picker.active.value;
  return (
    <header class="head">
      <div class="head-line">
        <h1 class="brand">
          <Mark /> Sessionwire
        </h1>
        <ConnectionBadge />
        <button
          class="tool"
          title="Shortcuts (?)"
          aria-label="Shortcuts"
          data-testid="help-button"
          onClick={() => (picker.dialog.value = { kind: "help" })}
        >
          <kbd>?</kbd>
        </button>
      </div>
      <div class="head-line">
        <label class="search" data-searching={picker.sessions.searching.value}>
          <SearchIcon />
          <input
            type="search"
            data-role="search"
            data-testid="search"
            placeholder="Search sessions"
            aria-label="Search sessions"
            aria-controls={active === null ? undefined : "sessions"}
            aria-activedescendant={active === null ? undefined : rowId(active)}
            autocomplete="off"
            spellcheck={false}
            value={picker.query.value}
            onInput={(event) => (picker.query.value = event.currentTarget.value)}
          />
          {picker.query.value ? (
            <button
              class="tool"
              tabIndex={-1}
              aria-label="Clear the search"
              data-testid="clear-search"
              onClick={() => {
                picker.query.value = "";
                focusSearch();
              }}
            >
              <CloseIcon />
            </button>
          ) : (
            <kbd>/</kbd>
          )}
        </label>
        <button
          class="button button-primary"
          data-testid="new-session"
          title="New session (n)"
          disabled={!picker.may("operator.write")}
          onClick={() => (picker.dialog.value = { kind: "new", label: "" })}
        >
          <PlusIcon /> New
        </button>
      </div>
      <Filters />
    </header>
  );
}

function Filters() {
  const { picker } = useDesk();
  const agents = picker.agents.value;
  const shown = picker.sessions.shown.value;
  if (!shown) return null;
  return (
    <div class="head-line filters">
      <span class="filters-count" data-testid="count" role="status">
        {shown.hasMore
          ? `The first ${count(picker.rows.value.length, "session")}`
          : count(picker.rows.value.length, narrows(shown.filter) ? "match" : "session")}
      </span>
      {agents.length > 1 && (
        <select
          class="chip"
          aria-label="Agent"
          data-testid="agent-filter"
          value={picker.agent.value ?? ""}
          onChange={(event) => (picker.agent.value = event.currentTarget.value || null)}
        >
          <option value="">All agents</option>
          {agents.map((agent) => (
            <option key={agent} value={agent}>
              {agent}
            </option>
          ))}
        </select>
      )}
      <button
        class="chip"
        data-testid="show-archived"
        aria-pressed={picker.archived.value}
        onClick={() => (picker.archived.value = !picker.archived.value)}
      >
        Archived
      </button>
    </div>
  );
}
