import type { Input } from "../api/actions";
import type { Form } from "../api/forms";

const idOf = (result: unknown): string | undefined =>
  typeof result === "object" && result !== null && "id" in result && typeof result.id === "string" ? result.id : undefined;

/**
 * What would undo an action that was done, if that is known for sure: the inverse's own thing must be what the action
 * answered, so that the undoing of what was made anew never meets what it was made from.
 */
export function undoing(input: Input, result: unknown, inverse: Form): Input | null {
  const id = idOf(result);
  const given: Input = {};
  for (const name of inverse.input.required ?? []) {
    if (name.endsWith("_id")) {
      if (id === undefined || (name in input && input[name] !== id)) return null;
      given[name] = id;
    } else if (name in input) given[name] = input[name];
    else return null;
  }
  return Object.keys(given).some((name) => name.endsWith("_id")) ? given : null;
}
