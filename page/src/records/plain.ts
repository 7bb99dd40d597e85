/** The words of a note that another client wrote as HTML. They are shown as text: nothing here makes anything safe to run. */

const ENTITIES: { [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** Texts without markup stay as they are. A parser of HTML would do more, and report every style to the page's policy. */
export function plainText(text: string): string {
  if (!/<[a-z!/]/i.test(text)) return text;
  return text
    .replace(/<(style|script|head)\b.*?<\/\1\s*>/gis, "")
    .replace(/<(?:br|\/(?:p|div|li|h[1-6]|tr))\b[^>]*>/gi, "\n")
    .replace(/<[a-z!/][^>]*>/gi, "")
    .replace(/&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,6}));/g, (_, name: string, code: string) =>
      name ? (ENTITIES[name] ?? "") : String.fromCodePoint(Number(code)),
    )
    .trim();
}
