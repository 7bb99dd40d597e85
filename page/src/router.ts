/** Where the page is: the address as a signal, and links that do not load it anew. Knows no page. */
import { computed, signal } from "@preact/signals";

export interface Route {
  path: string;
  query: URLSearchParams;
}

const read = (): Route => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const route = signal<Route>(read());

/** What cannot be decoded names nothing that there is, and stays as it came. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The parts of the path after /app: `["records", "deal", "17"]`. */
export const parts = computed(() => route.value.path.split("/").filter(Boolean).slice(1).map(decoded));

/** Go to an address of this page. */
export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  route.value = read();
}

/** Change parameters of the address; null and empty ones leave it. */
export function setQuery(changes: { [name: string]: string | null | undefined }, { replace = true } = {}): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  navigate(location.pathname + (text ? `?${text}` : ""), { replace });
}

/** Links below /app change the route; all others, and those opened elsewhere, are the browser's. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    route.value = read();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname !== "/app" && !link.pathname.startsWith("/app/")) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
