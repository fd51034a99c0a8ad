import { useActionWord } from "../api/forms";
import { useWord } from "../i18n";
import { useHappened } from "../i18n/happened";

/** An event, a transfer or the like: what people call it, and its name. */
export function Happened({ name, isBelow = false }: { name: string; isBelow?: boolean }) {
  const happened = useHappened();
  return (
    <>
      {happened(name)} {isBelow && <br />}
      <code className="soft">{name}</code>
    </>
  );
}

/** An action: what people call it, and its name. */
export function ActionName({ name }: { name: string }) {
  const word = useActionWord();
  const told = word(name);
  return (
    <>
      {told !== name && told} <code className="soft">{name}</code>
    </>
  );
}

/** Whoever acted, as they are called; the system by its word. */
export function useWho(): (by: string) => string {
  const word = useWord();
  return (by) => word("who", by);
}
