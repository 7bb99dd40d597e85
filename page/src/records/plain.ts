/** The words of a note that another client wrote as HTML. They are shown as text: nothing here makes anything safe to run. */

const ENTITIES: { [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
const TAG = /<[a-z!/]/gi;
/** What ends a line, and what nobody is to read, by how the tag begins. */
const LINE = /<(?:br|\/(?:p|div|li|h[1-6]|tr))\b/iy;
const UNREAD = /<(style|script|head)\b/iy;

/** Texts without markup stay as they are. A parser of HTML would do more, and report every style to the page's policy. */
export function plainText(text: string): string {
  if (found(TAG, text, 0) === null) return text;
  return untagged(text)
    .replace(/&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,6}));/g, (_, name: string, code: string) =>
      name ? (ENTITIES[name] ?? "") : String.fromCodePoint(Number(code)),
    )
    .trim();
}

/** It goes through the text once, whatever is in it: one expression for it all takes seconds for tags without an end. */
function untagged(text: string): string {
  const words: string[] = [];
  const endless = new Set<string>();
  let at = 0;
  for (let tag = found(TAG, text, 0); tag; tag = found(TAG, text, at)) {
    const close = text.indexOf(">", tag.index);
    if (close < 0) break;
    words.push(text.slice(at, tag.index));
    if (found(LINE, text, tag.index)) words.push("\n");
    const unread = found(UNREAD, text, tag.index)?.[1]?.toLowerCase();
    const end = unread && !endless.has(unread) ? found(new RegExp(`</${unread}\\s*>`, "gi"), text, tag.index) : null;
    if (unread && !end) endless.add(unread);
    at = end ? end.index + end[0].length : close + 1;
  }
  return words.join("") + text.slice(at);
}

function found(sought: RegExp, text: string, from: number): RegExpExecArray | null {
  sought.lastIndex = from;
  return sought.exec(text);
}
