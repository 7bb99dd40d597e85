/** The filters where there is no room beside the page: behind a button that says how many hold. */
import { useSignal } from "@preact/signals";
import { narrowed } from "../filters";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Filters } from "./Filters";

export function FiltersButton({ class: more = "" }: { class?: string }) {
  const open = useSignal(false);
  const close = () => {
    open.value = false;
  };
  return (
    <>
      <Button
        icon="filter"
        class={more}
        onClick={() => {
          open.value = true;
        }}
      >
        Filters{narrowed.value ? ` (${narrowed.value})` : ""}
      </Button>
      {open.value && (
        <Dialog title="Filters" onClose={close}>
          <Filters />
          <footer class="dialog-foot">
            <Button look="primary" onClick={close}>
              Show
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  );
}
