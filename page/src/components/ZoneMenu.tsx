/** The zone in which everything is shown, and the choice of another one. */
import { chooseZone } from "../session";
import { zone } from "../state";
import { allZones, offsetOf } from "../zone";
import { Menu } from "./Menu";
import { Picker } from "./Picker";
import { toast, toastFailure } from "./Toast";

const plain = (name: string): string => name.replaceAll("_", " ");
const own = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

async function find(text: string): Promise<string[]> {
  const sought = text.toLowerCase();
  const fits = allZones().filter((name) => plain(name).toLowerCase().includes(sought));
  return (text ? fits : [own(), "UTC", ...fits.filter((name) => name !== own() && name !== "UTC")]).slice(0, 40);
}

export function ZoneMenu() {
  const now = zone.value;
  const choose = (name: string, close: () => void) => {
    close();
    chooseZone(name).then(() => toast(`Times are now shown in ${plain(name)}.`), toastFailure);
  };
  return (
    <Menu
      label={`Time zone: ${plain(now)}, ${offsetOf(now)}. Change`}
      icon="globe"
      class="zone-menu"
      sheet={(close) => (
        <>
          <p class="sheet-note">
            <strong>{plain(now)}</strong>
            <span>{offsetOf(now)} now. All times are shown in this zone.</span>
          </p>
          <Picker<string>
            label="Search time zones"
            placeholder="City or region …"
            autoFocus
            search={find}
            keyOf={(name) => name}
            show={(name) => (
              <>
                <span class="picker-name">{plain(name)}</span>
                <span class="picker-kind">{offsetOf(name)}</span>
              </>
            )}
            onPick={(name) => choose(name, close)}
          />
        </>
      )}
    >
      <span class="zone-name">{plain(now.split("/").at(-1) ?? now)}</span>
      <span class="zone-offset">{offsetOf(now)}</span>
    </Menu>
  );
}
