import { useQuery } from "@tanstack/react-query";

import { devicesQuery, routingQuery } from "../../api/queries";
import type { User } from "../../api/types";
import { LoadFailed, Loading } from "../../ui/States";
import { useUserName } from "../users/findings";
import { ringsOfUser } from "./draft";
import { RoutingView } from "./RoutingView";

/** The routing of a user. */
export function RoutingTab({ user, administrator, startEditing }: { user: User; administrator: boolean; startEditing: boolean }) {
  const routing = useQuery(routingQuery(user.id));
  const devices = useQuery(devicesQuery(user.id));
  const name = useUserName()(user);
  const error = routing.error ?? devices.error;
  if (error && !(routing.data && devices.data)) return <LoadFailed error={error} again={() => void Promise.all([routing.refetch(), devices.refetch()])} />;
  if (!routing.data || !devices.data) return <Loading rows={4} height={64} />;
  const { data, version } = routing.data;
  const phones = devices.data.map(({ id, label }) => ({ id, label }));
  return (
    <RoutingView
      key={user.id}
      owner={{ type: "user", id: user.id, name }}
      routing={data}
      version={version}
      rings={ringsOfUser(data, phones)}
      phones={phones}
      administrator={administrator}
      mayEdit
      user={user}
      startEditing={startEditing}
    />
  );
}
