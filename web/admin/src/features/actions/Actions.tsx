import { Input, Skeleton, Table } from "antd";
import { useState } from "react";
import { useActions, type Known } from "../../api/forms";
import { holds, useMe } from "../../app/session";
import { useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";

/** Everything that the reader may do, with its form: also what has no page of its own yet, as settings. */
export function Actions() {
  const say = useSay();
  const me = useMe();
  const known = useActions();
  const [wanted, setWanted] = useState("");
  const words = wanted.trim().toLowerCase().split(/\s+/);
  const rows = known?.filter((each) => holds(me.grants, each.grant) && words.every((word) => `${each.name} ${each.summary}`.toLowerCase().includes(word)));
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.actions")}</h1>
          <p className="soft">{say("actions.hint")}</p>
        </div>
      </div>
      <Input.Search allowClear autoFocus aria-label={say("actions.find")} placeholder={say("actions.find")} value={wanted} onChange={(event) => setWanted(event.target.value)} className="gap" style={{ maxWidth: 420 }} />
      {rows ? (
        <Table<Known>
          size="small"
          rowKey="name"
          dataSource={rows}
          pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
          locale={{ emptyText: say("actions.none") }}
          scroll={{ x: "max-content" }}
          columns={[
            { title: say("actions.name"), render: (_, each) => <code>{each.name}</code> },
            { title: say("actions.does"), dataIndex: "summary" },
            { title: "", align: "right", render: (_, each) => <ActionButton action={each.name} grant={each.grant} label={say("actions.open")} button={{ size: "small" }} /> },
          ]}
        />
      ) : (
        <Skeleton active />
      )}
    </>
  );
}
