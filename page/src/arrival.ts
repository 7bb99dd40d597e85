/** What happens when a page is reached: the window is called by it, and the keyboard is not left nowhere. */
import { useEffect } from "preact/hooks";

/** The title of the page, once it is known. */
export function useArrival(title: string | undefined): void {
  useEffect(() => {
    if (title) document.title = `${title} · Dayline`;
  }, [title]);
  useEffect(() => {
    // The link that led here is gone, and the focus with it: what comes next is read from the content's beginning.
    if (document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
  }, []);
}
