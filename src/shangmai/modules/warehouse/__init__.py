"""Warehouse: where in a warehouse pieces lie, and the work on its floor.

Owns `warehouse_zones`, `warehouse_bins`, `floor_policies`, `warehouse_lots`, `lot_rules`, `picked_lots`,
`receipt_notices`, `receipt_notice_lines`, `notice_receipts`, `stock_counts`, `stock_count_bins`,
`count_results`, `transfer_lots`, `serials`, `serial_steps`, all under the scope of their warehouse or company, and the
book `bin`: pieces by bin, SKU, bucket, lot and owner.
Invariants: no bin ever holds less than nothing, and what is held in it for a task is not taken for another; pieces
enter a bin only if the stock book has more of them in the warehouse than lie in bins (what is left is unplaced 待上架:
computed, nowhere kept); so bins never hold more than the stock book, once what left the stock book without passing the
floor has been followed. Stock is promised by SKU and warehouse; bin and lot are decided where pieces are picked. What
is received of a notice's line costs, in whatever parts it comes, together exactly what was agreed. A
count posts nothing before it is approved, and then each bin's difference to what the book had for the moment it was
looked at, to both books in one transaction: work need not stop, and what moved since stays as it is.
Work: `pick_requests` (what is asked for, by fulfilment unit) with `pick_request_lines`, `pick_waves`, `pick_tasks`,
`pick_lines`, `put_backs`, `pick_shorts`, `pack_checks`, `packed_parcels`. A line's pieces are held in its bin for the
stage bin of its wave, under the line's own id; picking settles that hold, leaving takes them out of the stage bin. Who
changes a request, its lines or its parcel holds the request's row: a stop is before a scan or after it, never between.
Events out: warehouse.zone_saved.v1, warehouse.bins_saved.v1, warehouse.floor_policy_set.v1, warehouse.put_away.v1,
warehouse.moved.v1, warehouse.lot_saved.v1, warehouse.lot_state_set.v1, warehouse.lot_rule_set.v1,
warehouse.receipt_notified.v1, warehouse.notice_received.v1, warehouse.notice_closed.v1,
warehouse.count_opened.v1, warehouse.count_approved.v1, warehouse.count_canceled.v1,
warehouse.transfer_sent.v1, warehouse.transfer_arrived.v1, warehouse.serials_registered.v1, warehouse.serials_sent.v1,
warehouse.asked.v1, warehouse.wave_made.v1, warehouse.wave_released.v1, warehouse.wave_canceled.v1,
warehouse.stopped.v1, warehouse.short.v1, warehouse.short_ended.v1, warehouse.packed.v1, warehouse.handed_over.v1.
Events in: all, by the ids of documents that they name, for what left the stock book by another way than the floor. Its
own, for waves that make themselves and for another look for what is short. Orders ask by `service`.
"""
