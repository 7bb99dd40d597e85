/** Every surface's document, to be read and tried with the rights of who is signed in. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { csrf } from "../api";
import { useArrival } from "../arrival";
import { Loaded, useAsked } from "../components/Loaded";
import { Empty, Failed, Loading } from "../components/States";
import { type OpenApi, readDocument } from "../explorer/document";
import { followTheme } from "../explorer/theme";
import "../styles/parts.css";
import "../styles/pages.css";

const SURFACES = [
  { name: "pipedrive", label: "Pipedrive" },
  { name: "atz", label: "ATZ CRM" },
  { name: "reevo", label: "Reevo" },
  { name: "truto", label: "Truto" },
  { name: "dayline", label: "Dayline" },
];

/** `surface` is the part of the address after /app/explorer. */
export function ExplorerPage({ surface = "pipedrive" }: { surface?: string }) {
  useArrival("API explorer");
  const here = SURFACES.find((one) => one.name === surface);
  return (
    <div class="reading explorer-page">
      <header class="page-head">
        <div>
          <h1>API explorer</h1>
          <p class="soft">Calls go to this server with your own rights, and change what they say they change.</p>
        </div>
      </header>
      <nav class="kinds" aria-label="Surfaces">
        {SURFACES.map((one) => (
          <a key={one.name} href={`/app/explorer/${one.name}`} aria-current={one === here ? "page" : undefined}>
            {one.label}
          </a>
        ))}
      </nav>
      {here ? <Surface key={here.name} name={here.name} /> : <Empty title="There is no such surface" />}
    </div>
  );
}

function Surface({ name }: { name: string }) {
  const asked = useAsked(() => readDocument(name));
  return (
    <Loaded asked={asked} text="Loading the document …">
      {(document) => (
        <>
          <h2>{document.info.title}</h2>
          <p class="soft">
            {document.info.description} <a href={`/${name}/openapi.json`}>OpenAPI document</a>
          </p>
          <Viewer document={document} />
        </>
      )}
    </Loaded>
  );
}

function Viewer({ document }: { document: OpenApi }) {
  const place = useRef<HTMLDivElement>(null);
  const ready = useSignal(false);
  const failure = useSignal<unknown>(null);
  const view = async () => {
    failure.value = null;
    try {
      // Only who comes here pays for the viewer: it is larger than the rest of the page.
      const { show } = await import("../explorer/viewer");
      if (place.current) await show(place.current, document, csrf);
      ready.value = true;
    } catch (problem) {
      failure.value = problem;
    }
  };
  useEffect(() => {
    view();
    return followTheme();
  }, []);
  return (
    <>
      {failure.value ? <Failed failure={failure.value} onRetry={view} /> : !ready.value && <Loading />}
      <div class="explorer" ref={place} />
    </>
  );
}
