import type { FoundOrder } from "@/api/shapes";

/** Whether an order waits for its payment. */
export const isWaiting = (order: Pick<FoundOrder, "status" | "payment_status" | "total_minor">): boolean =>
  order.status === "placed" && order.payment_status === "unpaid" && order.total_minor > 0;
