/** The colour of each type of activity: the account's own choice, else one for the key. The styles derive the rest. */
import { typeOf } from "./state";

// Hues that can be told apart, also by those who see red and green alike: they differ in lightness too.
const KNOWN: { [key: string]: string } = {
  meeting: "#2f6fd0",
  task: "#8a6a00",
  email: "#7a4fc9",
  interview: "#0b7f83",
  call: "#1f7a4d",
  deadline: "#c0392b",
  lunch: "#b8651b",
  note: "#6b7280",
};
const OTHERS = ["#a03d86", "#3f7d20", "#4b5bb5", "#97572b", "#20788f", "#8c4a6b"];

/** As `#rrggbb`. */
export function colourOf(key: string): string {
  const type = typeOf(key);
  if (type?.colour) return `#${type.colour}`;
  const known = KNOWN[key];
  if (known) return known;
  return OTHERS[(type?.id ?? key.length) % OTHERS.length] as string;
}
