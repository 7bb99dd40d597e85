/** Starts the page. */
import { render } from "preact";
import { App } from "./App";
import { watchChanges } from "./changes";
import { listenToKeys } from "./keyboard";
import { followLinks } from "./router";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";

followLinks();
listenToKeys();
watchChanges();
const place = document.getElementById("page");
if (place) render(<App />, place);
