import { useDesk } from "./desk";
import { StaleBanner } from "./ConnectionBadge";
import { Dialogs } from "./Dialogs";
import { Header } from "./Header";
import { List } from "./List";
import { Panel } from "./Panel";
import { SignIn } from "./SignIn";
import { Broken, Empty, NoMatches, Skeleton, Unreachable } from "./states";
import { Toasts } from "./Toasts";

/** The page. */
export function App() {
  const { picker, gateway, signIn } = useDesk();
  const connection = picker.connection.value;
  if (connection.phase === "refused" && !picker.loaded.value) {
    return <SignIn gateway={gateway} refusal={connection.error} onToken={signIn} />;
  }
  const open = picker.conversation.value !== null;
  const alone = !open && (picker.empty.value || (!picker.loaded.value && connection.phase === "reconnecting"));
  return (
    <div class="app" data-open={open} data-empty={alone}>
      <main class="pane">
        <Header />
        {picker.loaded.value && <StaleBanner />}
        <Body />
      </main>
      <Panel />
      <Toasts />
      <Dialogs />
    </div>
  );
}

function Body() {
  const { picker } = useDesk();
  const broken = picker.broken.value;
  if (broken !== null) return <Broken message={broken} />;
  if (!picker.loaded.value) return picker.connection.value.phase === "reconnecting" ? <Unreachable /> : <Skeleton />;
  if (picker.rows.value.length) return <List />;
  if (picker.heldBack.value === null) return null;
  return picker.empty.value ? <Empty /> : <NoMatches />;
}
