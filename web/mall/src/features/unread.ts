import { useDidShow } from "@tarojs/taro";
import { useEffect } from "react";
import { read } from "@/api/client";
import { shopper } from "@/shopper";
import { store } from "@/store";

/** How many notices the member has not read. */
export const unread = store<{ count: number }>({ count: 0 });

/** Counted when a page is shown; a count that does not come is no error. */
export function useUnread(): number {
  const { customerId } = shopper.use();
  const { count } = unread.use();
  const look = () => {
    if (!customerId) unread.set({ count: 0 });
    else void read("/api/v1/customer/notices/unread").then(unread.set, () => undefined);
  };
  useEffect(look, [customerId]);
  useDidShow(look);
  return count;
}
