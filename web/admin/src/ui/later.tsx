import { lazy, useState, type ComponentType } from "react";
import { Boundary } from "./Wrong";

/** Whether the server is there again; a page that is asked for anew then is that of the newest release. */
async function isThere(): Promise<boolean> {
  try {
    return (await fetch("/healthz")).ok;
  } catch {
    return false; // no network: what stands on the screen says so
  }
}

/**
 * A page that is loaded when it is opened first. React keeps a load that failed for ever, so asking again makes it anew;
 * where the server is there and has no such file, because a release has replaced it, the whole is loaded again.
 */
export function later<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name): ComponentType {
  const make = () => lazy(async () => ({ default: (await load())[name] as ComponentType }));
  let known = make();
  return function Later() {
    const [Page, setPage] = useState(() => known);
    const [asked, setAsked] = useState(0);
    const again = async () => {
      if (asked > 0 && (await isThere())) return window.location.reload();
      known = make();
      setPage(() => known);
      setAsked(asked + 1);
    };
    return (
      <Boundary onRetry={() => void again()}>
        <Page />
      </Boundary>
    );
  };
}
