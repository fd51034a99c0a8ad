import { useSyncExternalStore } from "react";

export interface Store<S> {
  get: () => S;
  set: (change: Partial<S>) => void;
  use: () => S;
}

/** What several pages share; whoever uses it is rendered anew when it changes. */
export function store<S extends object>(first: S): Store<S> {
  let state = first;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const get = () => state;
  const set = (change: Partial<S>) => {
    state = { ...state, ...change };
    listeners.forEach((tell) => tell());
  };
  return { get, set, use: () => useSyncExternalStore(subscribe, get, get) };
}
