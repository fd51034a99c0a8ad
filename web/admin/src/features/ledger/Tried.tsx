import { Alert, Table } from "antd";
import type { Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { useAccountText } from "./books";

type WouldPost = Schema<"WouldPost">;

/** What a rule would have made of a company's newest events. */
export function Tried({ tried, company }: { tried: Schema<"RuleTried">; company: string }) {
  const say = useSay();
  const text = useAccountText(company);
  if (tried.looked === 0) return <Alert type="info" showIcon title={say("posting.nothing_yet")} />;
  return (
    <section aria-label={say("posting.would")} data-testid="tried">
      <p aria-live="polite">
        {say("posting.tried", { looked: tried.looked, met: tried.met })} {tried.unfit > 0 && <span className="overdue">{say("posting.unfit", { n: tried.unfit })}</span>}
      </p>
      <Table<WouldPost>
        size="small"
        rowKey={(each) => `${each.at} ${each.key}`}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={tried.shown}
        columns={[
          { title: say("ledger.at"), render: (_, each) => when(each.at) },
          { title: say("ledger.summary"), dataIndex: "summary" },
          {
            title: say("posting.would"),
            render: (_, each) =>
              each.problem ? (
                <span className="overdue">{each.problem}</span>
              ) : (
                each.lines.map((line, index) => (
                  <div key={index}>
                    {say("side.debit")} {text(line.debit)} · {say("side.credit")} {text(line.credit)} <Money minor={line.amount_minor} currency={each.currency} />
                  </div>
                ))
              ),
          },
        ]}
      />
    </section>
  );
}
