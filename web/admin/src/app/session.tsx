import { createContext, useContext } from "react";
import type { Schema } from "../api/client";

export type Me = Schema<"WhoAmI">;

export const Knowing = createContext<Me | null>(null);

export function useMe(): Me {
  const me = useContext(Knowing);
  if (!me) throw new Error("outside of the shell");
  return me;
}

/** As the server reads grants: exact names, all of a module, one verb of all modules, or everything. */
export function holds(grants: readonly string[], wanted: string): boolean {
  const module = wanted.slice(0, wanted.indexOf("."));
  const verb = wanted.slice(wanted.indexOf(".") + 1);
  return grants.some((each) => each === "*" || each === wanted || each === `${module}.*` || each === `*.${verb}`);
}

export const useGrant = (wanted: string): boolean => holds(useMe().grants, wanted);
