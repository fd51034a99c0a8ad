import { useRef } from "react";
import { newKey, Refused } from "./client";

const NONE = { of: "", key: "" };

/**
 * Do what is wished once: a second tap, or one after an answer that was lost on the way, has the same key. What was answered,
 * done or refused, is over: the server gives a key the same refusal for good, so who asks again after it has another key.
 */
export function useOnce(): <T>(wish: unknown, go: (key: string) => Promise<T>) => Promise<T> {
  const held = useRef(NONE);
  return async (wish, go) => {
    const of = JSON.stringify(wish);
    if (held.current.of !== of) held.current = { of, key: newKey() };
    try {
      const done = await go(held.current.key);
      held.current = NONE;
      return done;
    } catch (error) {
      if (isAnswer(error)) held.current = NONE;
      throw error;
    }
  };
}

const isAnswer = (error: unknown): boolean => error instanceof Refused && error.problem.status >= 400 && error.problem.status < 500;
