import { useCallback, useEffect, useRef, useState } from "react";
import { looks } from "@/looks";
import type { Refused } from "./client";

export interface Reading<T> {
  data?: T;
  error?: Refused;
  /** Whether `data` is of an earlier question, while the answer to this one is on its way. */
  isOld: boolean;
  again: () => void;
  set: (data: T) => void;
}

/**
 * What a page reads. Asked anew when `about` or the language changes; until it is answered the last answer stays, so that
 * a page does not jump. Not asked while `about` is null.
 */
export function useReading<T>(about: string | null, ask: () => Promise<T>): Reading<T> {
  const { lang } = looks.use();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ of?: string; data?: T; error?: Refused }>({});
  const asking = useRef(ask);
  asking.current = ask;
  const key = about === null ? null : `${lang} ${turn} ${about}`;
  useEffect(() => {
    if (key === null) return;
    let isWanted = true;
    asking.current().then(
      (data) => isWanted && setState({ of: key, data }),
      (error: Refused) => isWanted && setState((before) => ({ ...before, of: key, error })),
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  const set = useCallback((data: T) => setState((before) => ({ of: before.of, data })), []);
  const isOld = key !== null && state.of !== key;
  return { data: state.data, error: isOld ? undefined : state.error, isOld, again, set };
}
