import { defineConfig } from "@playwright/test";

import stories from "./playwright.config";

export default defineConfig(stories, { testDir: "bench", testMatch: "*.ts", testIgnore: [], retries: 0 });
