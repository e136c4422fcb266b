import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // Served by the API and part of the wheel.
    outDir: "../api/static",
    emptyOutDir: true,
    target: "es2022",
    // Fonts or images as data: URLs would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8420", ws: true } },
  },
});
