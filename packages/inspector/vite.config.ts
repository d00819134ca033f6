import { defineConfig } from "vite";

export default defineConfig({
  // Served from any folder, by any server of static files.
  base: "./",
  build: {
    target: "es2022",
    // Everything stays a file of its own: the page's policy allows no inline script, style or data URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
