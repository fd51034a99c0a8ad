import { useReading } from "@/api/reading";
import { FlashCard, FlashClock, salesOf } from "@/features/flash";
import { t, useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";
import { Bones } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

/** All flash sales that are ahead or run, by when they end, each with the server's countdown. */
export default function Flash() {
  useLang();
  const { mall } = shopper.use();
  const found = useReading(mall ? `flash ${mall.id}` : null, () => salesOf(mall?.id ?? ""));
  const sales = found.data?.sales ?? [];
  const ends = [...new Set(sales.map(({ sale }) => `${sale.status === "ahead" ? sale.starts_at : sale.ends_at}`))];
  return (
    <Shell title={t("home.flash")} className="flash-page">
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : !found.data ? (
        <Bones />
      ) : sales.length ? (
        ends.map((end) => {
          const together = sales.filter(({ sale }) => end === (sale.status === "ahead" ? sale.starts_at : sale.ends_at));
          const first = together[0]?.sale;
          return (
            <section key={end} className="floor flash">
              <header>
                <h2>{t("home.flash")}</h2>
                {first && <FlashClock sale={first} aheadMs={found.data?.aheadMs ?? 0} />}
              </header>
              <div className="grid">
                {together.map((each) => (
                  <FlashCard key={each.sale.promotion_id} {...each} />
                ))}
              </div>
            </section>
          );
        })
      ) : (
        <Empty title={t("flash.none")} art="龙井礼盒">
          <Link to="list" className="button">
            {t("cart.go_shopping")}
          </Link>
        </Empty>
      )}
    </Shell>
  );
}
