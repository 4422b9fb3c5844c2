import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { prune } from "./scripts/prune.mjs";

// The development server passes the API on to a running Ringwerk.
const server = process.env.RINGWERK_URL ?? "http://127.0.0.1:8080";

// A file for every icon would cost more than all of them together; so would one for each small thing that many pages share.
const groups = [{ name: "icons", test: /node_modules[\\/]@tabler/ }, { name: "shared", minShareCount: 20 }];

export default defineConfig({
  plugins: [react(), prune()],
  build: { outDir: process.env.RINGWERK_WEB_OUT ?? "dist", emptyOutDir: true, assetsInlineLimit: 0, target: "es2022", rolldownOptions: { output: { codeSplitting: { groups } } } },
  server: { proxy: { "/v1": server } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
