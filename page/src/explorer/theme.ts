/** Tells the viewer, which knows nothing of `light-dark()`, whether the page is dark. */
import { effect } from "@preact/signals";
import { theme } from "../state";

const system = matchMedia("(prefers-color-scheme: dark)");

/** Follow the theme until the returned function is called. */
export function followTheme(): () => void {
  const tell = () => {
    const dark = theme.value === "dark" || (theme.value === "system" && system.matches);
    document.documentElement.classList.toggle("dark-mode", dark);
  };
  const stop = effect(tell);
  system.addEventListener("change", tell);
  return () => {
    stop();
    system.removeEventListener("change", tell);
    document.documentElement.classList.remove("dark-mode");
  };
}
