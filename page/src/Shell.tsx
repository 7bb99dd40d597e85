/** What stands around every page: where to go, what is searched, the zone, the theme, who is signed in. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { session } from "./api";
import { offline } from "./changes";
import { Help } from "./components/Help";
import { Icon, type IconName } from "./components/Icon";
import { Menu } from "./components/Menu";
import { toastFailure, undoLast } from "./components/Toast";
import { ZoneMenu } from "./components/ZoneMenu";
import { filterQuery } from "./filters";
import { useShortcuts } from "./keyboard";
import { parts } from "./router";
import { isAdmin, signOut } from "./session";
import { type Theme, theme } from "./state";

interface Place {
  room: string;
  label: string;
  icon: IconName;
  filtered?: boolean;
}

const PLACES: Place[] = [
  { room: "calendar", label: "Calendar", icon: "calendar", filtered: true },
  { room: "list", label: "List", icon: "list", filtered: true },
  { room: "records", label: "Records", icon: "people" },
  { room: "explorer", label: "API", icon: "explorer" },
];
const ADMIN: Place = { room: "admin", label: "Admin", icon: "settings" };

function Places() {
  const here = parts.value[0] ?? "calendar";
  return (
    <nav class="places" aria-label="Pages">
      {(isAdmin() ? [...PLACES, ADMIN] : PLACES).map((place) => (
        <a
          key={place.room}
          href={`/app/${place.room}${place.filtered ? filterQuery.value : ""}`}
          aria-current={place.room === here ? "page" : undefined}
        >
          <Icon name={place.icon} />
          <span>{place.label}</span>
        </a>
      ))}
    </nav>
  );
}

const THEMES: { theme: Theme; label: string; icon: IconName }[] = [
  { theme: "light", label: "Light", icon: "sun" },
  { theme: "dark", label: "Dark", icon: "moon" },
  { theme: "system", label: "As the system", icon: "system" },
];

function ThemeMenu() {
  const now = THEMES.find((one) => one.theme === theme.value);
  return (
    <Menu
      label={`Theme: ${now?.label}`}
      icon={now?.icon}
      sheet={(close) =>
        THEMES.map((one) => (
          <button
            type="button"
            key={one.theme}
            class="sheet-item"
            aria-pressed={one.theme === theme.value}
            onClick={() => {
              theme.value = one.theme;
              close();
            }}
          >
            <Icon name={one.icon} />
            {one.label}
          </button>
        ))
      }
    />
  );
}

function WhoMenu() {
  const who = session.value;
  const out = (everywhere: boolean) => () => void signOut(everywhere).catch(toastFailure);
  return (
    <Menu
      label={`Signed in as ${who?.user.name}`}
      icon="user"
      sheet={(close) => (
        <>
          <p class="sheet-note">
            <strong>{who?.user.name}</strong>
            <span>{who?.user.email}</span>
          </p>
          <a class="sheet-item" href="/app/admin/you" onClick={close}>
            Your settings
          </a>
          <button type="button" class="sheet-item" onClick={out(false)}>
            Sign out
          </button>
          <button type="button" class="sheet-item" onClick={out(true)}>
            Sign out on every device
          </button>
        </>
      )}
    />
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const help = useSignal(false);
  useShortcuts([
    { key: "z", does: "Undo the last change", run: undoLast },
    {
      key: "?",
      does: "Show these keys",
      run: () => {
        help.value = true;
      },
    },
  ]);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="topbar">
        <a class="brand" href="/app/calendar">
          <span class="brand-mark" aria-hidden="true" />
          Dayline
        </a>
        <Places />
        <div class="topbar-end">
          {offline.value && (
            <span class="offline" role="status">
              <Icon name="warning" />
              <span>No connection, trying again …</span>
            </span>
          )}
          <ZoneMenu />
          <ThemeMenu />
          <WhoMenu />
        </div>
      </header>
      <main class="content" id="content" tabIndex={-1}>
        {children}
      </main>
      {help.value && (
        <Help
          onClose={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}
