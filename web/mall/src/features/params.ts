import { useRouter } from "@tarojs/taro";
import { useEffect } from "react";
import { goInstead } from "@/going";

/** A part of an address in clear; one that was cut off within a sign stays as it is. */
function clear(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What stands behind the question mark of the page's address; the router gives it encoded. */
export function useParams(): Record<string, string> {
  const given = useRouter().params;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, clear(value ?? "")]));
}

/** Where an address lacks what its page is about, say that there is no such page: a skeleton would wait for ever. */
export function useNeeded(...oneOf: string[]): void {
  const isLost = !oneOf.some(Boolean);
  useEffect(() => {
    if (isLost) goInstead("lost");
  }, [isLost]);
}
