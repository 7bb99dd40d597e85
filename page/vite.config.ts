import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// Built into the package that serves it. While developing, everything that is not the page goes to a running server.
const built = new URL("../src/dayline/web/built/", import.meta.url).pathname;
const server = "http://127.0.0.1:8000";
const elsewhere = ["/dayline", "/pipedrive", "/atz", "/reevo", "/session", "/sign-in", "/files", "/docs"];

let folder = "";

/** Lays every text beside itself, compressed, so that the server only has to send it. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  configResolved(config) {
    folder = `${resolve(config.root, config.build.outDir)}/assets/`;
  },
  closeBundle() {
    for (const name of readdirSync(folder).filter((name) => /\.(js|css|svg)$/.test(name))) {
      const bytes = readFileSync(folder + name);
      if (bytes.length < 1024) continue;
      writeFileSync(`${folder}${name}.br`, brotliCompressSync(bytes));
      writeFileSync(`${folder}${name}.gz`, gzipSync(bytes, { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [compressed],
  build: {
    outDir: built,
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 1600, // the explorer's viewer, which is read only there
    assetsInlineLimit: 2048, // a small picture as a data: URL is allowed by the page's policy; a script would not be
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: Object.fromEntries(elsewhere.map((path) => [path, { target: server }])) },
});
