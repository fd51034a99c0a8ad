import { useState } from "react";
import { act, type Outcome } from "@/api/client";
import { useReading } from "@/api/reading";
import { wayOf } from "@/features/checkout/Choosing";
import { money, t } from "@/i18n";
import { isBrowser } from "@/platform";
import { Wrong } from "@/ui/Wrong";

type Payment = Outcome<"checkout.pay_by_link">;

interface Props {
  /** Of the order, or its pay link. */
  link: string;
  method: string;
  amount: number;
  currency: string;
  other: () => void;
}

/** The provider's page opens beside this one, which goes on by itself when the money has come. */
export function Pay({ link, method, amount, currency, other }: Props) {
  const started = useReading<Payment>(`pay ${link} ${method}`, () => act("checkout.pay_by_link", { link, method }));
  const [isOpened, setIsOpened] = useState(false);
  if (started.error) return <Wrong error={started.error} again={started.again} />;
  const url = started.data?.pay_url ?? "";
  return (
    <>
      {isBrowser ? (
        <a className={`button whole ${url ? "" : "waiting"}`} href={url || undefined} target="_blank" rel="opener" onClick={() => setIsOpened(true)}>
          {t("result.pay_by", { way: wayOf(method), amount: money(amount, currency) })}
        </a>
      ) : (
        <p className="note">{t("result.mini")}</p>
      )}
      {isOpened && (
        <p className="row center faint" role="status">
          <span className="spin" /> {t("result.waiting")}
        </p>
      )}
      <button className="plain faint" onClick={other}>
        {t("result.other_way")}
      </button>
    </>
  );
}
