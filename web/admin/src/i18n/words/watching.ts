export const zh = {
  "watching.policy": "预警设置",
  "watching.company": "公司",
  "watching.pickup_h": "几小时没揽收要提醒",
  "watching.pickup_from": "从什么时候算起",
  "watching.pickup_from.handed": "交接给快递",
  "watching.pickup_from.packed": "打包完成（不扫交接时选这个）",
  "watching.pickup_from.booked": "取到运单号",
  "watching.stuck_h": "几小时没有新轨迹要提醒",
  "watching.transit_h": "揽收后几小时没签收要提醒（没有足够历史的线路）",
  "watching.sign_days": "发出几天后自动确认收货（0 为不自动）",
};

export const en: Record<keyof typeof zh, string> = {
  "watching.policy": "When to warn",
  "watching.company": "Company",
  "watching.pickup_h": "Hours without a pick-up",
  "watching.pickup_from": "Counted from",
  "watching.pickup_from.handed": "handing it to the carrier",
  "watching.pickup_from.packed": "packing it (where hand-overs are not scanned)",
  "watching.pickup_from.booked": "booking its waybill",
  "watching.stuck_h": "Hours without a scan",
  "watching.transit_h": "Hours from pick-up to signing (lanes with little history)",
  "watching.sign_days": "Days until an order is taken as received (0: never)",
};
