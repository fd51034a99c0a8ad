import { useQuery } from "@tanstack/react-query";
import { Alert, Drawer, Skeleton, Space, Table, Tag } from "antd";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { useFilter } from "../../ui/CrudTable";
import { money, when } from "../../ui/format";
import { ActionName, Happened, useWho } from "../../ui/Named";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useAccountText, useBooks } from "./books";
import { periodText } from "./PickPeriod";

/** 记账凭证: the voucher that the address names, its lines, and what made it, down to the person and the door. */
export function EntryDrawer({ company }: { company: string }) {
  const say = useSay();
  const [entry, setEntry] = useFilter("entry");
  return (
    <Drawer open={entry !== undefined} onClose={() => setEntry(undefined)} size={720} title={say("ledger.entry")} destroyOnHidden>
      {entry && <Shown company={company} id={entry} />}
    </Drawer>
  );
}

function Shown({ company, id }: { company: string; id: string }) {
  const say = useSay();
  const lang = useLang();
  const [, setEntry] = useFilter("entry");
  const text = useAccountText(company);
  const books = useBooks(company);
  const told = useQuery({ queryKey: ["entry", id], queryFn: () => given(api.GET("/api/v1/ledger/entries/{entry_id}", { params: { path: { entry_id: id } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data || !books.data) return <Skeleton active />;
  const entry: Schema<"Entry"> = told.data;
  const currency = books.data.currency;
  const other = entry.reversed_by ?? entry.reversal_of;
  return (
    <div className="stack">
      <div className="card-head">
        <div>
          <h2>{entry.number}</h2>
          <span className="soft">
            {periodText(entry.period)} · {when(entry.at)}
          </span>
        </div>
        {!other && <ActionButton action="ledger.reverse_entry" label={say("ledger.reverse")} given={{ entry_id: entry.id }} button={{ danger: true }} />}
      </div>
      <p>{entry.summary}</p>
      {other && (
        <Alert
          type="warning"
          showIcon
          title={say(entry.reversed_by ? "ledger.reversed" : "ledger.reversal")}
          action={
            <button type="button" className="why" onClick={() => setEntry(other)}>
              {say("ledger.open_other")}
            </button>
          }
        />
      )}
      <Table
        size="small"
        rowKey="line"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={entry.lines}
        columns={[
          { title: say("ledger.debit"), render: (_, line) => text(line.debit_account) },
          { title: say("ledger.credit"), render: (_, line) => text(line.credit_account) },
          { title: say("payment.amount"), align: "right", render: (_, line) => <span className={`money${line.amount_minor < 0 ? " overdue" : ""}`}>{money(line.amount_minor, currency, lang)}</span> },
        ]}
      />
      <Cause id={id} entry={entry} />
    </div>
  );
}

/** From a voucher back to what made it. */
function Cause({ id, entry }: { id: string; entry: Schema<"Entry"> }) {
  const say = useSay();
  const word = useWord();
  const who = useWho();
  const told = useQuery({ queryKey: ["entry-cause", id], queryFn: () => given(api.GET("/api/v1/ledger/entries/{entry_id}/cause", { params: { path: { entry_id: id } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const cause = told.data;
  return (
    <div>
      <h3>{say("ledger.cause")}</h3>
      <dl className="sums told">
        {cause.event && (
          <>
            <dt>{say("ledger.event")}</dt>
            <dd>
              <Happened name={cause.event} /> <span className="soft">{when(cause.at)}</span>
            </dd>
          </>
        )}
        {entry.rule && (
          <>
            <dt>{say("ledger.rule")}</dt>
            <dd>
              <Space>
                <Happened name={entry.rule} />
                <Tag>v{entry.rule_version}</Tag>
              </Space>
            </dd>
          </>
        )}
        {cause.action && (
          <>
            <dt>{say("log.action")}</dt>
            <dd>
              <ActionName name={cause.action} />
            </dd>
          </>
        )}
        <dt>{say("by")}</dt>
        <dd>
          {who(cause.by)} · {word("door", cause.door)}
        </dd>
        {cause.order_id && (
          <>
            <dt>{say("payment.order")}</dt>
            <dd>
              <Link to={`/orders/${cause.order_id}`}>{say("payment.open_order")}</Link>
            </dd>
          </>
        )}
      </dl>
      {cause.event && <pre className="json">{JSON.stringify(cause.fields, null, 2)}</pre>}
    </div>
  );
}
