import type { Plugin } from "vite";

export function prune(): Plugin;
