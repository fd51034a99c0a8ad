import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Input } from "../../api/actions";
import type { Schema } from "../../api/client";
import { useAct } from "../../ui/useAct";

/** How the tabs of a product's page save it. */
export interface Saving {
  isSaving: boolean;
  save: (part: Input, onSaved: () => void) => void;
}

/**
 * One save for all tabs of a page: each names the version that was read, so they take turns. After one that is refused,
 * as where somebody else was first, the product is read anew.
 */
export function useSaving(product: Schema<"Product"> | undefined): Saving {
  const client = useQueryClient();
  const saving = useAct("catalog.update_product");
  return {
    isSaving: saving.isPending,
    save: (part, onSaved) => product && saving.mutate({ product_id: product.id, version: product.version, ...part }, { onSuccess: onSaved, onError: () => void client.invalidateQueries({ queryKey: ["product", product.id] }) }),
  };
}

interface Edit {
  value: unknown;
  was: unknown;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const only = (edits: Record<string, Edit>, is: (edit: Edit, name: string) => boolean) => Object.fromEntries(Object.entries(edits).filter(([name, edit]) => is(edit, name)));

/**
 * What is written over what there is, by name, until it is saved: it stays when another tab is saved, or somebody else
 * saves. `overtaken` names what has become something else since it was written over; `yieldTo` takes that instead.
 */
export function useEdits<T extends object>(first: T) {
  const [edits, setEdits] = useState<Record<string, Edit>>({});
  const there = first as Record<string, unknown>;
  const changes = only(edits, (edit, name) => !isSame(edit.value, there[name]));
  return {
    now: { ...first, ...Object.fromEntries(Object.entries(edits).map(([name, edit]) => [name, edit.value])) } as T,
    changed: Object.fromEntries(Object.entries(changes).map(([name, edit]) => [name, edit.value])) as Partial<T>,
    overtaken: Object.keys(only(changes, (edit, name) => !isSame(edit.was, there[name]))),
    write: (part: Partial<T>) =>
      setEdits((before) => ({ ...before, ...Object.fromEntries(Object.entries(part).map(([name, value]) => [name, { value, was: before[name] ? before[name].was : there[name] }])) })),
    /** What these edits were is saved; what was written meanwhile is left. */
    saved: () =>
      setEdits((before) =>
        Object.fromEntries(
          Object.entries(before)
            .filter(([name, edit]) => !(name in edits && isSame(edit.value, edits[name]?.value)))
            .map(([name, edit]) => [name, name in edits ? { ...edit, was: edits[name]?.value } : edit]),
        ),
      ),
    yieldTo: (names: readonly string[]) => setEdits((before) => only(before, (_, name) => !names.includes(name))),
  };
}
