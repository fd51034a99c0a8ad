import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Two pages: the admin, and what scanners show at /pda. Everything they load comes from the server itself, below /admin/. */
export default defineConfig({
  base: "/admin/",
  plugins: [react()],
  build: { assetsDir: "built", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1200, reportCompressedSize: false, rolldownOptions: { input: ["index.html", "pda.html"] } },
  server: { proxy: { "/api": "http://127.0.0.1:8765", "/openapi.json": "http://127.0.0.1:8765", "/assets": "http://127.0.0.1:8765" } },
});
