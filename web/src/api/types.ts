import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type User = Schemas["User"];
export type Device = Schemas["Device"];
export type DeviceWithCredentials = Schemas["DeviceWithCredentials"];
export type AddedDevice = Schemas["AddedDevice"];
export type SetupCode = Schemas["SetupCode"];
export type Price = Schemas["Price"];
export type Money = Schemas["Money"];
export type Credentials = Schemas["DeviceCredentials"];
export type Presence = Schemas["Presence"];
export type PhoneNumber = Schemas["PhoneNumber"];
export type Extension = Schemas["Extension"];
export type Group = Schemas["Group"];
export type Location = Schemas["Location"];
export type Owner = Schemas["Owner"];
export type Message = Schemas["Message"];
export type MessageTerms = Schemas["MessageTerms"];
export type Call = Schemas["Call"];
export type HostedAccount = Schemas["HostedAccount"];
export type HostedNumber = Schemas["HostedNumber"];
export type BulkAction = Schemas["BulkAction"];
export type Import = Schemas["Import"];
export type ImportKept = Schemas["ImportKept"];
export type ImportMode = Schemas["ImportMode"];
export type ImportProblem = Schemas["ImportProblem"];
export type ImportRow = Schemas["ImportRow"];
export type Bill = Schemas["Bill"];
export type AuditEntry = Schemas["AuditEntry"];

/** The flow and the diagram are read where they are drawn (features/routing/flow.ts). */
export type RoutingAnswer = Omit<Schemas["Routing"], "diagram" | "flow"> & { diagram: unknown; flow: unknown };
export type RoutingVersion = Schemas["RoutingVersion"];
export type RoutingChange = Schemas["RoutingChange"];
export type RoutingLost = Schemas["RoutingLost"];
export type UserRoutingWish = Schemas["UserRoutingWish"];
export type GroupRoutingWish = Schemas["GroupRoutingWish"];
export type CallListMode = Schemas["CallListMode"];
export type CallListSettings = Schemas["CallListSettings"];
export type CallListEntry = Schemas["CallListItem"];
export type LiveDevice = Schemas["PathDevice"];
export type PathEvent = Schemas["PathEvent"];
export type PresenceEvent = Schemas["PresenceEvent"];
