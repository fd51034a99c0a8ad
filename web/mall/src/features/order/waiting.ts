import type { FoundOrder } from "@/api/shapes";

/** Whether something can be paid of an order now: all of it, a deposit, or its balance. */
export const isWaiting = (order: Pick<FoundOrder, "due_minor">): boolean => order.due_minor > 0;
