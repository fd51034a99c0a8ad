import { createContext, useContext } from "react";
import type { Schema } from "../api/client";

/** The warehouse that one works in. */
export const Working = createContext<Schema<"Warehouse"> | null>(null);

export function useWarehouse(): Schema<"Warehouse"> {
  const warehouse = useContext(Working);
  if (!warehouse) throw new Error("outside of a warehouse");
  return warehouse;
}
