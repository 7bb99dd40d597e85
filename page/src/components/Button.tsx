/** Buttons: with words, or with a drawing and a name for those who cannot see it. */
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./Icon";

type Native = Omit<JSX.IntrinsicElements["button"], "icon" | "class">;

interface ButtonProps extends Native {
  children?: ComponentChildren;
  icon?: IconName;
  look?: "plain" | "primary" | "danger" | "quiet";
  class?: string;
}

export function Button({ children, icon, look = "plain", class: more = "", ...rest }: ButtonProps) {
  return (
    <button type="button" class={`button ${look} ${more}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Native {
  icon: IconName;
  /** What it does; also its tooltip. */
  label: string;
  class?: string;
}

export function IconButton({ icon, label, class: more = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" class={`icon-button ${more}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
