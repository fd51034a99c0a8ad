import { Tag } from "antd";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { SearchFilter } from "../../ui/SearchFilter";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";

type Head = Schema<"PromotionHead">;

export function Promotions() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const [q] = useFilter("q");
  const name = (p: Head) => (lang === "en" && p.name_en) || p.name;
  const at = (moment: string | null | undefined) => (moment ? when(moment) : "–");
  const columns: Column<Head>[] = [
    { key: "name", title: say("promotion.name"), render: (p) => <b>{name(p)}</b>, text: name },
    { key: "code", title: say("promotion.code"), render: (p) => <code>{p.code}</code>, text: (p) => p.code },
    { key: "layer", title: say("promotion.layer"), render: (p) => <Tag>{word("layer", p.layer)}</Tag>, text: (p) => word("layer", p.layer) },
    { key: "status", title: say("promotion.status"), render: (p) => <Tag color={p.status === "published" ? "green" : "default"}>{word("promotion", p.status)}</Tag>, text: (p) => word("promotion", p.status) },
    { key: "from", title: say("promotion.from"), render: (p) => at(p.valid_from), text: (p) => at(p.valid_from) },
    { key: "until", title: say("promotion.until"), render: (p) => at(p.valid_to), text: (p) => at(p.valid_to) },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.promotions")}</h1>
      </div>
      <CrudTable<Head>
        name="promotions"
        path="/api/v1/promotions"
        columns={columns}
        rowKey={(p) => p.id}
        query={{ q }}
        filters={<SearchFilter name="q" placeholder={say("filter.q")} />}
      />
    </>
  );
}
