import { Tabs } from "antd";
import { useSay } from "../../i18n";
import { useFilter } from "../../ui/CrudTable";
import { Coupons } from "./Coupons";
import { PromotionList } from "./PromotionList";
import { WhatIfs } from "./WhatIfs";

/** Promotions, the coupons that some of them need, and trying them on past orders. */
export function Promotions() {
  const say = useSay();
  const [tab, setTab] = useFilter("tab");
  return (
    <>
      <div className="head">
        <h1>{say("nav.promotions")}</h1>
      </div>
      <Tabs
        activeKey={tab ?? "list"}
        onChange={(key) => setTab(key === "list" ? undefined : key)}
        destroyOnHidden
        items={[
          { key: "list", label: say("nav.promotions"), children: <PromotionList /> },
          { key: "coupons", label: say("coupon.batches"), children: <Coupons /> },
          { key: "try", label: say("whatif.title"), children: <WhatIfs /> },
        ]}
      />
    </>
  );
}
