import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";

import { LinkPage } from "../features/identity/LinkPage";
import { SignInPage } from "../features/identity/SignInPage";
import { SetupPage } from "../features/setup/SetupPage";
import { Failed } from "./Failed";
import { Missing } from "./Missing";
import { meQuery } from "./session";
import { Shell } from "./Shell";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: Missing, errorComponent: Failed });

const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: SetupPage });
const link = createRoute({ getParentRoute: () => root, path: "/link", component: LinkPage });
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>) => ({ to: typeof search.to === "string" && search.to.startsWith("/") && !search.to.startsWith("//") ? search.to : undefined }),
  component: SignInPage,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const me = await context.queries.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/sign-in", search: { to: location.href === "/" ? undefined : location.href } });
    return { me };
  },
});

const home = createRoute({ getParentRoute: () => inside, path: "/", component: () => null });

const tree = root.addChildren([setup, link, signIn, inside.addChildren([home])]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
