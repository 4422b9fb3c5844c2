import { useQuery } from "@tanstack/react-query";

import { meQuery } from "../app/session";
import { Copyable } from "./Copyable";
import { readable } from "./phoneNumber";

/** Writes numbers the way they are read where the account is at home. */
export function useReadable(): (number: string) => string {
  const { data: me } = useQuery(meQuery);
  return (number) => readable(number, me?.account.country ?? "DE");
}

/** A telephone number: national, the full one on hover and on copy. */
export function PhoneNumber({ value }: { value: string }) {
  const shown = useReadable()(value);
  return <Copyable value={value} shown={shown} label={shown} />;
}
