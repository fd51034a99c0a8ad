import { Button, Select, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, usePick, useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { SearchFilter } from "../../ui/SearchFilter";
import { LAYERS } from "./tools";

type Head = Schema<"ToldHead">;
const STATES = ["draft", "published", "paused", "ended"];
const COLOURS: Record<string, string> = { published: "green", paused: "orange" };

export function PromotionList() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const pick = usePick();
  const go = useNavigate();
  const mayWrite = useGrant("pricing.write_promotions");
  const [q] = useFilter("q");
  const [status, setStatus] = useFilter("status");
  const [layer, setLayer] = useFilter("layer");
  const name = (p: Head) => (lang === "en" && p.name_en) || p.name;
  const at = (moment: string | null | undefined) => (moment ? when(moment) : "–");
  const columns: Column<Head>[] = [
    { key: "name", title: say("promotion.name"), render: (p) => <b>{name(p)}</b>, text: name },
    { key: "code", title: say("promotion.code"), render: (p) => <code>{p.code}</code>, text: (p) => p.code },
    { key: "gives", title: say("promotion.gives"), render: (p) => <span className="gives wraps">{pick(p.gives)}</span>, text: (p) => pick(p.gives) },
    { key: "kind", title: say("promotion.tool"), render: (p) => word("tool", p.kind), text: (p) => word("tool", p.kind) },
    { key: "layer", title: say("promotion.layer"), render: (p) => <Tag>{word("layer", p.layer)}</Tag>, text: (p) => word("layer", p.layer), isHidden: true },
    { key: "status", title: say("promotion.status"), render: (p) => <Tag color={COLOURS[p.status]}>{word("promotion", p.status)}</Tag>, text: (p) => word("promotion", p.status) },
    { key: "from", title: say("promotion.from"), render: (p) => <span className="soft">{at(p.valid_from)}</span>, text: (p) => at(p.valid_from) },
    { key: "until", title: say("promotion.until"), render: (p) => <span className="soft">{at(p.valid_to)}</span>, text: (p) => at(p.valid_to) },
  ];
  const filters = (
    <>
      <SearchFilter name="q" placeholder={say("filter.q")} />
      <Select allowClear aria-label={say("promotion.status")} placeholder={say("promotion.status")} value={status} onChange={setStatus} options={STATES.map((each) => ({ value: each, label: word("promotion", each) }))} style={{ minWidth: 120 }} />
      <Select allowClear aria-label={say("promotion.layer")} placeholder={say("promotion.layer")} value={layer} onChange={setLayer} options={LAYERS.map((each) => ({ value: each, label: word("layer", each) }))} style={{ minWidth: 120 }} />
      {mayWrite && (
        <Button type="primary" onClick={() => void go("/promotions/new")}>
          {say("promotion.new")}
        </Button>
      )}
    </>
  );
  return (
    <CrudTable<Head>
      name="promotions"
      path="/api/v1/promotions"
      columns={columns}
      rowKey={(p) => p.id}
      query={{ q, status, layer }}
      onOpen={(p) => void go(`/promotions/${p.id}`)}
      filters={filters}
      empty={say("promotion.empty")}
    />
  );
}
