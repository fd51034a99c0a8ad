"""Pure decisions of the ledger: the chart, matching events to rules, vouchers, conversion, periods."""
