import { Space, Table } from "antd";
import type { ReactNode } from "react";
import type { Schema } from "../../api/client";
import { useLang, useSay } from "../../i18n";

/** The rows that were refused, or would be, and why. */
export function Refusals({ errors, extra }: { errors: readonly Schema<"RowError">[]; extra?: ReactNode }) {
  const say = useSay();
  const lang = useLang();
  if (errors.length === 0) return null;
  return (
    <Table
      size="small"
      rowKey={(row) => `${row.row_no} ${row.column} ${row.code}`}
      pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
      title={() => (
        <Space wrap>
          {say("sheets.errors")}
          {extra}
        </Space>
      )}
      dataSource={[...errors]}
      columns={[
        { title: say("sheets.row"), dataIndex: "row_no", align: "right", width: 90 },
        { title: say("sheets.column"), dataIndex: "column", width: 160 },
        { title: say("sheets.why"), render: (_, row) => (lang === "en" ? row.en : row.zh) },
      ]}
    />
  );
}
