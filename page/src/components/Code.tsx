/** Text as a program says it. It scrolls in itself, so that the keyboard must get there. */

interface CodeProps {
  text: string;
  label: string;
  class?: string;
}

export function Code({ text, label, class: more }: CodeProps) {
  return (
    <section class={more} aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
