import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { LinkPage } from "../features/identity/LinkPage";
import { SignInPage } from "../features/identity/SignInPage";
import { UsersPage } from "../features/users/UsersPage";
import { Failed } from "./Failed";
import { Missing } from "./Missing";
import { signInSearch, userSearch, usersSearch, wizardSearch } from "./search";
import { meQuery } from "./session";
import { Shell } from "./Shell";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: Missing, errorComponent: Failed });

const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: lazyRouteComponent(() => import("../features/setup/SetupPage"), "SetupPage") });
const link = createRoute({ getParentRoute: () => root, path: "/link", component: LinkPage });
const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: signInSearch, component: SignInPage });

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

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: ({ context }) => {
    if (context.me.user.role === "administrator") throw redirect({ to: "/users", replace: true });
    throw redirect({ to: "/telephony", replace: true });
  },
});

/** What only administrators may open; others land on their own page. */
const account = createRoute({
  getParentRoute: () => inside,
  id: "account",
  component: Outlet,
  beforeLoad: ({ context }) => {
    if (context.me.user.role !== "administrator") throw redirect({ to: "/telephony", replace: true });
  },
});

const telephony = createRoute({
  getParentRoute: () => inside,
  path: "/telephony",
  validateSearch: userSearch,
  component: lazyRouteComponent(() => import("../features/users/UserPage"), "OwnPage"),
});
const calls = createRoute({ getParentRoute: () => inside, path: "/calls", component: lazyRouteComponent(() => import("../features/records/CallsPage"), "CallsPage") });
const sessions = createRoute({ getParentRoute: () => inside, path: "/sessions", component: lazyRouteComponent(() => import("../features/records/SessionsPage"), "SessionsPage") });

const users = createRoute({ getParentRoute: () => account, path: "/users", validateSearch: usersSearch, component: UsersPage });
const newUser = createRoute({
  getParentRoute: () => account,
  path: "/users/new",
  validateSearch: wizardSearch,
  component: lazyRouteComponent(() => import("../features/users/NewUserPage"), "NewUserPage"),
});
const user = createRoute({
  getParentRoute: () => account,
  path: "/users/$user",
  validateSearch: userSearch,
  component: lazyRouteComponent(() => import("../features/users/UserPage"), "UserPage"),
});
const groups = createRoute({ getParentRoute: () => account, path: "/groups", component: lazyRouteComponent(() => import("../features/telephony/GroupsPage"), "GroupsPage") });
const group = createRoute({ getParentRoute: () => account, path: "/groups/$group", component: lazyRouteComponent(() => import("../features/telephony/GroupPage"), "GroupPage") });
const numbers = createRoute({ getParentRoute: () => account, path: "/numbers", component: lazyRouteComponent(() => import("../features/telephony/NumbersPage"), "NumbersPage") });
const locations = createRoute({ getParentRoute: () => account, path: "/locations", component: lazyRouteComponent(() => import("../features/telephony/LocationsPage"), "LocationsPage") });
const devices = createRoute({ getParentRoute: () => account, path: "/devices", component: lazyRouteComponent(() => import("../features/devices/DevicesPage"), "DevicesPage") });
const audit = createRoute({ getParentRoute: () => account, path: "/audit", component: lazyRouteComponent(() => import("../features/records/AuditPage"), "AuditPage") });

const tree = root.addChildren([
  setup,
  link,
  signIn,
  inside.addChildren([home, telephony, calls, sessions, account.addChildren([users, newUser, user, groups, group, numbers, locations, devices, audit])]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
