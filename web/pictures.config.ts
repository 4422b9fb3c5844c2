import { defineConfig } from "@playwright/test";

import stories from "./playwright.config";

export default defineConfig(stories, { testDir: "e2e/pictures", testIgnore: [], timeout: 120_000 });
