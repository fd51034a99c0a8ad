import { useState } from "react";
import { act, read, Refused } from "@/api/client";
import { useReading } from "@/api/reading";
import type { OpenCoupon } from "@/api/shapes";
import { go } from "@/going";
import { day, t } from "@/i18n";
import { told } from "@/i18n/errors";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";

/** Coupons that shoppers may take; nothing where there are none. */
export function Tickets({ known }: { known?: readonly OpenCoupon[] }) {
  const { mall } = shopper.use();
  const found = useReading(mall && !known ? `coupons ${mall.id}` : null, () => read("/api/v1/coupons/open", { shop_id: mall?.id ?? "" }));
  const open = known ?? found.data;
  if (!open?.length) return null;
  return (
    <section className="tickets" aria-label={t("coupon.take.title")}>
      {open.map((each) => (
        <Ticket key={each.batch} coupon={each} />
      ))}
    </section>
  );
}

function Ticket({ coupon }: { coupon: OpenCoupon }) {
  const { customerId } = shopper.use();
  const [isBusy, setIsBusy] = useState(false);
  const [isTaken, setIsTaken] = useState(false);
  const take = async () => {
    if (!customerId) return go("login", { back: 1 });
    setIsBusy(true);
    try {
      await act("pricing.claim_own_coupon", { batch: coupon.batch });
      setIsTaken(true);
      toast(t("coupon.taken"), true);
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "pricing.CouponsGone") setIsTaken(true);
      toast(told(error));
    }
    setIsBusy(false);
  };
  return (
    <div className="ticket">
      <Icon name="ticket" size={30} />
      <span className="grow">
        <b>{coupon.name}</b>
        <small>{coupon.valid_days != null ? t("coupon.days", { n: coupon.valid_days }) : coupon.valid_to ? t("coupon.until", { day: day(coupon.valid_to) }) : t("coupon.always")}</small>
      </span>
      <button className="button small" disabled={isBusy || isTaken} onClick={() => void take()}>
        {t(isTaken ? "coupon.is_taken" : "coupon.take")}
      </button>
    </div>
  );
}
