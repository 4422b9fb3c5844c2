import { useQuery } from "@tanstack/react-query";

import { routingQuery } from "../../api/queries";
import type { User } from "../../api/types";
import type { Edit } from "../../app/search";
import { LoadFailed, Loading } from "../../ui/States";
import { useUserName } from "../users/findings";
import { RoutingView } from "./RoutingView";

/** The routing of a user. */
export function RoutingTab({ user, administrator, wish, onWished }: { user: User; administrator: boolean; wish?: Edit; onWished: () => void }) {
  const routing = useQuery(routingQuery(user.id));
  const name = useUserName()(user);
  if (routing.error && !routing.data) return <LoadFailed error={routing.error} again={() => void routing.refetch()} />;
  if (!routing.data) return <Loading rows={4} height={64} />;
  const { data, version } = routing.data;
  return (
    <RoutingView
      key={user.id}
      owner={{ type: "user", id: user.id, name }}
      routing={data}
      version={version}
      administrator={administrator}
      user={user}
      wish={wish}
      onWished={onWished}
    />
  );
}
