/** Swagger UI over one document of this server. It must never send anything elsewhere, nor take a credential. */
import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "../styles/explorer.css";
import type { OpenApi } from "./document";

interface Sent {
  url: string;
  headers: { [name: string]: string };
  credentials?: RequestCredentials;
}

const MANY = 20; // operations, of which only the groups are shown at first

/** Show the document; resolves when it is there. The session's cookie counts with the CSRF token alone. */
export function show(place: HTMLElement, document: OpenApi, csrf: () => string): Promise<void> {
  const many = Object.values(document.paths).flatMap(Object.keys).length > MANY;
  return new Promise((resolve) => {
    SwaggerUIBundle({
      domNode: place,
      spec: document,
      layout: "BaseLayout",
      deepLinking: false,
      docExpansion: many ? "none" : "list",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      filter: many,
      tryItOutEnabled: true,
      validatorUrl: null,
      syntaxHighlight: { activated: false }, // its colours are too dark to read, and long answers would take seconds
      persistAuthorization: false,
      showMutatedRequest: false, // the line to copy is for a shell, which has a token and no session
      plugins: [quiet],
      requestInterceptor: (request: Sent) => signed(request, csrf()),
      onComplete: resolve,
    });
  });
}

function signed(request: Sent, csrf: string): Sent {
  if (new URL(request.url, location.href).origin !== location.origin) throw new Error("Only this server is called.");
  return { ...request, credentials: "same-origin", headers: { ...request.headers, "X-CSRF-Token": csrf } };
}

// Nobody types a token here: whoever is signed in is enough, and what is typed into a page can leak.
const nothing = () => () => null;

interface System {
  React: { createElement: (shown: unknown, props: object) => unknown };
}

/** A text area with a name, which the viewer's own lacks. */
const named =
  (shown: unknown, { React }: System) =>
  (props: object) =>
    React.createElement(shown, { ...props, "aria-label": "Request body" });

const quiet = () => ({
  wrapComponents: {
    InfoContainer: nothing,
    ServersContainer: nothing, // every mount answers the same
    authorizeBtn: nothing,
    authorizeOperationBtn: nothing,
    TextArea: named,
  },
});
