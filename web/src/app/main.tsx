import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "./app.css";

import { MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "../api/problem";
import { start } from "../i18n";
import { createAppRouter } from "./router";
import { meKey } from "./session";
import { cssVariables, theme } from "./theme";

// The server writes a fresh nonce into the page; style elements made here carry it (strict content security policy).
const nonce = document.querySelector<HTMLMetaElement>("meta[name=style-nonce]")?.content ?? "";
// The scroll lock behind dialogs makes its style element by itself.
setNonce(nonce);

function signedOut(error: unknown) {
  if (error instanceof Problem && error.code === "sign-in-required") queries.setQueryData(meKey, null);
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signedOut }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    queries: { staleTime: 10_000, retry: (count, error) => count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500) },
  },
});
const router = createAppRouter(queries);

await start();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
