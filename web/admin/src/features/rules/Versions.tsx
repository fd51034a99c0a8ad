import { Button, Card, Tag } from "antd";
import type { Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import type { Table } from "./table";

interface Props {
  detail: Schema<"TableDetail">;
  onLoad: (table: Table) => void;
}

/** The versions of a table, the newest first: any can be taken up again, and any can be put in force. */
export function Versions({ detail: { head, versions }, onLoad }: Props) {
  const say = useSay();
  const given = { company_id: head.company_id, subject: head.subject };
  return (
    <Card title={say("rules.versions")}>
      {versions.map((each) => (
        <div key={each.version} className="version">
          <div className="card-head">
            <span>
              <b>{say("rules.version", { n: each.version })}</b>{" "}
              {each.version === head.published && <Tag color="green">{say("rules.in_force", { n: each.version })}</Tag>}
            </span>
            <span>
              <Button size="small" onClick={() => onLoad(each.table)}>
                {say("rules.load")}
              </Button>{" "}
              {each.version !== head.published && (
                <ActionButton action="rules.publish_table" grant="rules.publish" label={say("rules.publish")} given={{ ...given, version: each.version }} button={{ size: "small", type: "primary" }} />
              )}
            </span>
          </div>
          <small className="soft">
            {when(each.made_at)} {each.note && `· ${each.note}`}
          </small>
        </div>
      ))}
    </Card>
  );
}
