/** A list that arrives a page at a time: while it is on its way, when there is nothing, when it could not be had. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "../model";
import type { Paged } from "../paged";
import { Sentinel } from "./Sentinel";
import { Failed, Loading } from "./States";

interface ListedProps<T, P extends Page<T>> {
  paged: Paged<T, P>;
  text?: string;
  /** What is shown where there is nothing. */
  empty: ComponentChildren;
  children: (items: readonly T[]) => ComponentChildren;
}

export function Listed<T, P extends Page<T> = Page<T>>({ paged, text, empty, children }: ListedProps<T, P>) {
  useEffect(() => {
    paged.again();
  }, [paged]);
  const items = paged.items.value;
  if (paged.empty.value) return <>{empty}</>;
  if (!items.length) {
    if (paged.failure.value) return <Failed failure={paged.failure.value} onRetry={() => paged.again()} />;
    return <Loading text={text} />;
  }
  return (
    <>
      {children(items)}
      <Sentinel paged={paged} />
    </>
  );
}
