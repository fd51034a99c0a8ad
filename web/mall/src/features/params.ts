import { useRouter } from "@tarojs/taro";

/** What stands behind the question mark of the page's address; the router gives it encoded. */
export function useParams(): Record<string, string> {
  const given = useRouter().params;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, decodeURIComponent(value ?? "")]));
}
