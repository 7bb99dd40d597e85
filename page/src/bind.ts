/** Handlers that put what somebody typed, ticked or clicked into a signal. */
import type { Signal } from "@preact/signals";

export const put =
  <T>(place: Signal<T>, value: NoInfer<T>) =>
  (): void => {
    place.value = value;
  };

export const typed =
  (place: Signal<string>) =>
  (event: { currentTarget: { value: string } }): void => {
    place.value = event.currentTarget.value;
  };

export const ticked =
  (place: Signal<boolean>) =>
  (event: { currentTarget: { checked: boolean } }): void => {
    place.value = event.currentTarget.checked;
  };
