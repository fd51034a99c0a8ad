import { useSay } from "../../i18n";
import { TabsHere } from "../../ui/TabsHere";
import { Coupons } from "./Coupons";
import { PromotionList } from "./PromotionList";
import { WhatIfs } from "./WhatIfs";

/** Promotions, the coupons that some of them need, and trying them on past orders. */
export function Promotions() {
  const say = useSay();
  return (
    <>
      <div className="head">
        <h1>{say("nav.promotions")}</h1>
      </div>
      <TabsHere
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
