"""The general ledger 总账: chart of accounts, vouchers 凭证, posting rules, periods, exchange rates.

Owns `ledger_books`, `ledger_accounts`, `ledger_rules`, `ledger_periods`, `ledger_entries`, `ledger_lines`,
`ledger_totals`, `ledger_rates` and the book `money`.

Conventions. A balance is debits − credits, in minor units of the company's currency. A voucher line is a pair: one
debit account, one credit account, one amount; so every line balances, and a voucher can do nothing else. A *negative*
amount is written in red (红字): it stands on the original's sides and lowers their turnover, so that a return lowers
the credit side of revenue, as a Chinese report expects, instead of showing up as a debit of it. In the book `money`
each line is one transfer, which moves the amount *from the credit account to the debit account* (value flows from
where it comes, the credit, to where it is then, the debit); a red line moves it back. So "in − out" of a book account
is debits − credits again, and `debit_id` and `credit_id` of a transfer, the book's words for from and to, are the
credit and the debit side of the voucher line.

Invariants: an entry is never changed, only reversed, and that once; numbers run without gaps for each company and
period; one event and one rule make at most one entry; nothing is posted to a closed period; the trial balance is zero;
lines, transfers and totals agree (`service.prove`). Whoever writes to a company's books first locks their row in
`ledger_books`, so all of this is decided by one transaction at a time.

Events in: all that an active rule names, read as data. Events out: `ledger.period_locked.v1`,
`ledger.period_unlocked.v1`.
"""
