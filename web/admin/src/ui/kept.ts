import { useState } from "react";

/** A state that outlives the page, in this browser: looks and habits only, never data of the business. */
export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const key = `shangmai.${name}`;
  const [value, setValue] = useState<T>(() => {
    const kept = localStorage.getItem(key);
    if (kept === null) return first;
    try {
      return JSON.parse(kept) as T;
    } catch {
      return first;
    }
  });
  return [
    value,
    (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      setValue(next);
    },
  ];
}
