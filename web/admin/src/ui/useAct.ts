import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useRef } from "react";
import { run, type Input, type Item } from "../api/actions";
import { useSay } from "../i18n";
import { keyOf } from "./keys";
import { useWords } from "./Wrong";

/**
 * An action behind a form of its own: the same input is the same request, everything on the page is read anew, and what
 * is refused is said. Of a list the answer holds an item for each.
 */
export function useAct(action: string, onDone?: (result: unknown) => void) {
  const say = useSay();
  const words = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: (input: Input | Input[]) => run(action, input, keyOf(input, keys.current)),
    onSuccess: async (result) => {
      const refused = (Array.isArray(result) ? (result as Item[]) : []).filter((each) => each.ok === false);
      keys.current.clear();
      await client.invalidateQueries();
      if (refused.length) void message.error(refused.map((each) => each.error?.message ?? "").join(" "));
      else void message.success(say("action.done"));
      onDone?.(result);
    },
    onError: (error) => void message.error(words(error)),
  });
}
