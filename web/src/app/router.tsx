import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { Problem } from "../api/problem";
import { Failed } from "./Failed";
import { Missing } from "./Missing";
import { billsSearch, callListSearch, devicesSearch, importSearch, ownPasswordSearch, signInSearch, userSearch, usersSearch, wizardSearch } from "./search";
import { meQuery } from "./session";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: Missing, errorComponent: Failed });

const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: lazyRouteComponent(() => import("../features/setup/SetupPage"), "SetupPage") });
const link = createRoute({ getParentRoute: () => root, path: "/link", component: lazyRouteComponent(() => import("../features/identity/LinkPage"), "LinkPage") });
const forgotten = createRoute({ getParentRoute: () => root, path: "/forgotten", component: lazyRouteComponent(() => import("../features/identity/ForgottenPage"), "ForgottenPage") });
const tokens = () => import("../features/identity/TokenPage");
const confirmEmail = createRoute({ getParentRoute: () => root, path: "/confirm-email", component: lazyRouteComponent(tokens, "ConfirmEmailPage") });
const undoEmail = createRoute({ getParentRoute: () => root, path: "/undo-email", component: lazyRouteComponent(tokens, "UndoEmailPage") });
const confirmNewsletter = createRoute({ getParentRoute: () => root, path: "/confirm-newsletter", component: lazyRouteComponent(tokens, "ConfirmNewsletterPage") });
const unsubscribe = createRoute({ getParentRoute: () => root, path: "/unsubscribe", component: lazyRouteComponent(tokens, "UnsubscribePage") });
const ownPassword = createRoute({
  getParentRoute: () => root,
  path: "/own-password",
  validateSearch: ownPasswordSearch,
  component: lazyRouteComponent(() => import("../features/identity/OwnPasswordPage"), "OwnPasswordPage"),
});
const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: signInSearch, component: lazyRouteComponent(() => import("../features/identity/SignInPage"), "SignInPage") });

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  // Whoever signs in needs none of it yet.
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
  beforeLoad: async ({ context, location }) => {
    const to = location.href === "/" ? undefined : location.href;
    const me = await context.queries.ensureQueryData(meQuery).catch((error: unknown) => {
      const changes = error instanceof Problem && error.code === "password-change-required";
      throw changes ? redirect({ to: "/own-password", search: { user: String(error.facts.user), to } }) : error;
    });
    if (!me) throw redirect({ to: "/sign-in", search: { to } });
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
  beforeLoad: ({ search }) => {
    if (search.tab === "settings") throw redirect({ to: "/settings", replace: true });
  },
  component: lazyRouteComponent(() => import("../features/users/UserPage"), "OwnPage"),
});
const settings = createRoute({ getParentRoute: () => inside, path: "/settings", component: lazyRouteComponent(() => import("../features/users/OwnSettingsPage"), "OwnSettingsPage") });
const calls = createRoute({ getParentRoute: () => inside, path: "/calls", component: lazyRouteComponent(() => import("../features/records/CallsPage"), "CallsPage") });
const messages = createRoute({ getParentRoute: () => inside, path: "/messages", component: lazyRouteComponent(() => import("../features/messages/MessagesPage"), "MessagesPage") });
const sessions = createRoute({ getParentRoute: () => inside, path: "/sessions", component: lazyRouteComponent(() => import("../features/records/SessionsPage"), "SessionsPage") });

const users = createRoute({ getParentRoute: () => account, path: "/users", validateSearch: usersSearch, component: lazyRouteComponent(() => import("../features/users/list/UsersPage"), "UsersPage") });
const newUser = createRoute({
  getParentRoute: () => account,
  path: "/users/new",
  validateSearch: wizardSearch,
  component: lazyRouteComponent(() => import("../features/users/wizard/NewUserPage"), "NewUserPage"),
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
const devices = createRoute({ getParentRoute: () => account, path: "/devices", validateSearch: devicesSearch, component: lazyRouteComponent(() => import("../features/devices/DevicesPage"), "DevicesPage") });
const bills = createRoute({ getParentRoute: () => account, path: "/bills", validateSearch: billsSearch, component: lazyRouteComponent(() => import("../features/billing/BillsPage"), "BillsPage") });
const accountSettings = createRoute({ getParentRoute: () => account, path: "/account", component: lazyRouteComponent(() => import("../features/billing/AccountPage"), "AccountPage") });
const callList = createRoute({ getParentRoute: () => account, path: "/call-list", validateSearch: callListSearch, component: lazyRouteComponent(() => import("../features/billing/CallListPage"), "CallListPage") });
const imports = createRoute({ getParentRoute: () => account, path: "/users/import", validateSearch: importSearch, component: lazyRouteComponent(() => import("../features/users/imports/ImportPage"), "ImportPage") });
const audit = createRoute({ getParentRoute: () => account, path: "/audit", component: lazyRouteComponent(() => import("../features/records/AuditPage"), "AuditPage") });

// The operator's pages know nothing of who is signed in to a company.
const operatorSignIn = createRoute({ getParentRoute: () => root, path: "/operator/sign-in", component: lazyRouteComponent(() => import("../features/operator/OperatorSignIn"), "OperatorSignIn") });
const operatorLink = createRoute({ getParentRoute: () => root, path: "/operator/link", component: lazyRouteComponent(() => import("../features/operator/OperatorSignIn"), "OperatorLink") });
const operator = createRoute({ getParentRoute: () => root, path: "/operator", component: lazyRouteComponent(() => import("../features/operator/OperatorShell"), "OperatorShell") });
const operatorAccounts = createRoute({ getParentRoute: () => operator, path: "/", component: lazyRouteComponent(() => import("../features/operator/AccountsPage"), "AccountsPage") });
const operatorNumbers = createRoute({ getParentRoute: () => operator, path: "/numbers", component: lazyRouteComponent(() => import("../features/operator/PoolPage"), "PoolPage") });

const tree = root.addChildren([
  setup,
  link,
  signIn,
  ownPassword,
  forgotten,
  confirmEmail,
  undoEmail,
  confirmNewsletter,
  unsubscribe,
  operatorSignIn,
  operatorLink,
  operator.addChildren([operatorAccounts, operatorNumbers]),
  inside.addChildren([home, telephony, settings, calls, messages, sessions, account.addChildren([users, newUser, user, groups, group, numbers, locations, devices, bills, callList, accountSettings, imports, audit])]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
